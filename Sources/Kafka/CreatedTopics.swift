internal import CRDKafka

/// Writes the specification of a CreateTopics request and reads its answer, and that to a CreatePartitions request.
enum CreatedTopics {
    /// An `rd_kafka_NewTopic_t` that the caller owns. Throws `_INVALID_ARG` for what librdkafka will not even ask for.
    static func specification(_ topic: NewTopic) throws(KafkaError) -> OpaquePointer {
        var text = [CChar](repeating: 0, count: 256)
        let specification = rd_kafka_NewTopic_new(
            topic.name, Int32(clamping: topic.partitions), Int32(clamping: topic.replicationFactor), &text, text.count)
        guard let specification else {
            throw KafkaError(code: .localInvalidArgument, message: "topic \"\(topic.name)\": \(String(nulTerminated: text))")
        }
        for setting in topic.settings.all {
            let status = rd_kafka_NewTopic_set_config(specification, setting.key, setting.value)
            guard status == RD_KAFKA_RESP_ERR_NO_ERROR else {
                rd_kafka_NewTopic_destroy(specification)
                throw KafkaError(code: KafkaError.Code(status))
            }
        }
        return specification
    }

    /// By topic name: nil for created.
    static func read(_ event: OpaquePointer) -> [String: KafkaError?] {
        var count = 0
        guard let result = rd_kafka_event_CreateTopics_result(event),
            let topics = rd_kafka_CreateTopics_result_topics(result, &count)
        else { return [:] }
        return read(topics, count)
    }

    /// By topic name: nil for a topic that has its partitions.
    static func readPartitions(_ event: OpaquePointer) -> [String: KafkaError?] {
        var count = 0
        guard let result = rd_kafka_event_CreatePartitions_result(event),
            let topics = rd_kafka_CreatePartitions_result_topics(result, &count)
        else { return [:] }
        return read(topics, count)
    }

    private static func read(_ topics: UnsafeMutablePointer<OpaquePointer?>, _ count: Int) -> [String: KafkaError?] {
        var results: [String: KafkaError?] = [:]
        for topic in UnsafeBufferPointer(start: topics, count: count) {
            guard let topic, let name = rd_kafka_topic_result_name(topic) else { continue }
            let code = KafkaError.Code(rd_kafka_topic_result_error(topic))
            let text = rd_kafka_topic_result_error_string(topic).map { String(cString: $0) } ?? code.text
            results.updateValue(code == .noError ? nil : KafkaError(code: code, message: text), forKey: String(cString: name))
        }
        return results
    }
}
