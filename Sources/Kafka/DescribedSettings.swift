internal import CRDKafka

/// Reads the answers to a DescribeConfigs and to an AlterConfigs request about one resource.
enum DescribedSettings {
    /// - Parameter onlyOverrides: leaves out what a topic has from the brokers.
    static func read(_ event: OpaquePointer, onlyOverrides: Bool = false) throws(KafkaError) -> KafkaProperties {
        var resourceCount = 0
        guard let result = rd_kafka_event_DescribeConfigs_result(event),
            let resources = rd_kafka_DescribeConfigs_result_resources(result, &resourceCount), resourceCount > 0,
            let resource = resources[0]
        else { throw KafkaError(code: .unknown) }
        try check(resource)
        var settings = KafkaProperties()
        var count = 0
        guard let entries = rd_kafka_ConfigResource_configs(resource, &count) else { return settings }
        for entry in UnsafeBufferPointer(start: entries, count: count) {
            // A sensitive setting comes without its value.
            guard let name = rd_kafka_ConfigEntry_name(entry), let value = rd_kafka_ConfigEntry_value(entry) else { continue }
            guard !onlyOverrides || rd_kafka_ConfigEntry_source(entry) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG else {
                continue
            }
            settings[String(cString: name)] = String(cString: value)
        }
        return settings
    }

    /// Throws the broker's refusal of a change.
    static func checkAltered(_ event: OpaquePointer) throws(KafkaError) {
        var count = 0
        guard let result = rd_kafka_event_AlterConfigs_result(event),
            let resources = rd_kafka_AlterConfigs_result_resources(result, &count), count > 0, let resource = resources[0]
        else { throw KafkaError(code: .unknown) }
        try check(resource)
    }

    private static func check(_ resource: OpaquePointer) throws(KafkaError) {
        let code = KafkaError.Code(rd_kafka_ConfigResource_error(resource))
        guard code != .noError else { return }
        let text = rd_kafka_ConfigResource_error_string(resource).map { String(cString: $0) }
        throw KafkaError(code: code, message: text ?? code.text)
    }
}
