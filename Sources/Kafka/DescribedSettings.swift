internal import CRDKafka

/// Reads the answer to a DescribeConfigs request about one resource.
enum DescribedSettings {
    static func read(_ event: OpaquePointer) throws(KafkaError) -> KafkaProperties {
        var resourceCount = 0
        guard let result = rd_kafka_event_DescribeConfigs_result(event),
            let resources = rd_kafka_DescribeConfigs_result_resources(result, &resourceCount), resourceCount > 0,
            let resource = resources[0]
        else { throw KafkaError(code: .unknown) }
        let code = KafkaError.Code(rd_kafka_ConfigResource_error(resource))
        guard code == .noError else {
            let text = rd_kafka_ConfigResource_error_string(resource).map { String(cString: $0) }
            throw KafkaError(code: code, message: text ?? code.text)
        }
        var settings = KafkaProperties()
        var count = 0
        guard let entries = rd_kafka_ConfigResource_configs(resource, &count) else { return settings }
        for entry in UnsafeBufferPointer(start: entries, count: count) {
            // A sensitive setting comes without its value.
            guard let name = rd_kafka_ConfigEntry_name(entry), let value = rd_kafka_ConfigEntry_value(entry) else { continue }
            settings[String(cString: name)] = String(cString: value)
        }
        return settings
    }
}
