internal import CRDKafka

/// Owner of an `rd_kafka_conf_t` until a client takes it over; freed on every other way out.
struct ClientConfiguration: ~Copyable {
    private(set) var pointer: OpaquePointer?
    let redaction: SecretRedaction

    init(redaction: SecretRedaction) {
        self.redaction = redaction
        pointer = rd_kafka_conf_new()
    }

    deinit {
        if let pointer { rd_kafka_conf_destroy(pointer) }
    }

    /// Sets every property. The error names the key, and the value unless it is a secret.
    func apply(_ properties: KafkaProperties) throws(KafkaError) {
        for property in properties.all {
            var text = [CChar](repeating: 0, count: 512)
            let result = rd_kafka_conf_set(pointer, property.key, property.value, &text, text.count)
            guard result != RD_KAFKA_CONF_OK else { continue }
            throw KafkaError(code: .localInvalidArgument, message: explanation(of: property, result, String(nulTerminated: text)))
        }
    }

    private func explanation(
        of property: KafkaProperties.Property, _ result: rd_kafka_conf_res_t, _ text: String
    ) -> String {
        if result == RD_KAFKA_CONF_UNKNOWN {
            return "kafka property \"\(property.key)\" is unknown to librdkafka \(KafkaLibrary.versionText)"
        }
        if KafkaProperties.isSecret(property.key) {
            return "kafka property \"\(property.key)\": its value (not shown) is not accepted"
        }
        return "kafka property \"\(property.key)\": \(redaction.apply(text))"
    }

    /// Makes the client, which takes the configuration over. Every conflict between properties shows here.
    mutating func makeClient(_ type: rd_kafka_type_t) throws(KafkaError) -> OpaquePointer {
        var text = [CChar](repeating: 0, count: 512)
        guard let client = rd_kafka_new(type, pointer, &text, text.count) else {
            let code = KafkaError.Code(rd_kafka_last_error())
            throw KafkaError(code: code, message: redaction.apply(String(nulTerminated: text)))
        }
        pointer = nil
        return client
    }
}

extension String {
    /// The text up to the first NUL, repaired where it is not UTF-8.
    init(nulTerminated characters: [CChar]) {
        self.init(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
