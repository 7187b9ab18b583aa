internal import CRDKafka

extension ClientHandle {
    /// Asks for one topic; with a producer client this creates it where the broker creates topics by itself.
    func metadata(ofTopic name: String, timeoutMilliseconds: Int) throws(KafkaError) -> TopicMetadata {
        guard let topic = rd_kafka_topic_new(pointer, name, nil) else {
            throw KafkaError(code: KafkaError.Code(rd_kafka_last_error()))
        }
        defer { rd_kafka_topic_destroy(topic) }
        return try withMetadata(allTopics: false, only: topic, timeoutMilliseconds) { metadata in
            Self.topics(metadata).first { $0.name == name }
        } ?? TopicMetadata(name: name, partitions: [], error: KafkaError(code: .unknownTopicOrPartition))
    }

    /// Sends a metadata request and lends the answer; frees it. Throws `_TRANSPORT` or `_TIMED_OUT` when no broker answers in time.
    func withMetadata<Value>(
        allTopics: Bool, only topic: OpaquePointer?, _ timeoutMilliseconds: Int, _ body: (rd_kafka_metadata) -> Value
    ) throws(KafkaError) -> Value {
        var answer: UnsafePointer<rd_kafka_metadata>?
        let status = rd_kafka_metadata(pointer, allTopics ? 1 : 0, topic, &answer, Int32(clamping: timeoutMilliseconds))
        guard status == RD_KAFKA_RESP_ERR_NO_ERROR, let answer else { throw KafkaError(code: KafkaError.Code(status)) }
        defer { rd_kafka_metadata_destroy(answer) }
        return body(answer.pointee)
    }

    static func topics(_ metadata: rd_kafka_metadata) -> [TopicMetadata] {
        UnsafeBufferPointer(start: metadata.topics, count: Int(metadata.topic_cnt)).map { topic in
            let code = KafkaError.Code(topic.err)
            let partitions = UnsafeBufferPointer(start: topic.partitions, count: Int(topic.partition_cnt)).map { partition in
                TopicMetadata.Partition(
                    id: partition.id, leader: partition.leader < 0 ? nil : partition.leader,
                    replicas: Array(UnsafeBufferPointer(start: partition.replicas, count: Int(partition.replica_cnt))),
                    inSyncReplicas: Array(UnsafeBufferPointer(start: partition.isrs, count: Int(partition.isr_cnt))))
            }
            return TopicMetadata(
                name: String(cString: topic.topic), partitions: partitions.sorted { $0.id < $1.id },
                error: code == .noError ? nil : KafkaError(code: code))
        }
    }

    /// The offsets behind the last readable records, by one ListOffsets request per leader. The answer honours isolation.level.
    func endOffsets(topic: String, partitions: [Int32], timeoutMilliseconds: Int) throws(KafkaError) -> [Int64] {
        // "For times" takes the protocol's special timestamp -1, the end of the log.
        try offsets(topic: topic, partitions: partitions, at: Int64(RD_KAFKA_OFFSET_END), timeoutMilliseconds)
    }

    /// The offsets of the oldest records that are still there.
    func beginningOffsets(topic: String, partitions: [Int32], timeoutMilliseconds: Int) throws(KafkaError) -> [Int64] {
        try offsets(topic: topic, partitions: partitions, at: Int64(RD_KAFKA_OFFSET_BEGINNING), timeoutMilliseconds)
    }

    /// The offsets of the oldest records of this time or later; the end where there is none.
    func offsets(
        topic: String, partitions: [Int32], atMilliseconds time: Int64, timeoutMilliseconds: Int
    ) throws(KafkaError) -> [Int64] {
        let found = try offsets(topic: topic, partitions: partitions, at: max(0, time), timeoutMilliseconds)
        guard found.contains(where: { $0 < 0 }) else { return found }
        let ends = try endOffsets(topic: topic, partitions: partitions, timeoutMilliseconds: timeoutMilliseconds)
        return zip(found, ends).map { $0 < 0 ? $1 : $0 }
    }

    private func offsets(
        topic: String, partitions: [Int32], at time: Int64, _ timeoutMilliseconds: Int
    ) throws(KafkaError) -> [Int64] {
        guard let list = rd_kafka_topic_partition_list_new(Int32(clamping: partitions.count)) else {
            throw KafkaError(code: .localSystemResource)
        }
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for partition in partitions {
            rd_kafka_topic_partition_list_add(list, topic, partition)?.pointee.offset = time
        }
        let status = rd_kafka_offsets_for_times(pointer, list, Int32(clamping: timeoutMilliseconds))
        guard status == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code: KafkaError.Code(status)) }
        var offsets: [Int64] = []
        for partition in partitions {
            guard let found = rd_kafka_topic_partition_list_find(list, topic, partition) else {
                throw KafkaError(code: .localUnknownPartition)
            }
            guard found.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                throw KafkaError(code: KafkaError.Code(found.pointee.err))
            }
            offsets.append(found.pointee.offset)
        }
        return offsets
    }
}
