internal import CRDKafka

/// Questions about several partitions of several topics at once.
extension ClientHandle {
    /// What the client's group has committed; a partition without a committed offset is absent.
    func committed(_ partitions: [TopicPartition], timeoutMilliseconds: Int) throws(KafkaError) -> [TopicPartition: Int64] {
        guard !partitions.isEmpty else { return [:] }
        let list = PartitionList(partitions)
        let status = rd_kafka_committed(pointer, list.pointer, Int32(clamping: timeoutMilliseconds))
        guard status == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code: KafkaError.Code(status)) }
        if let error = list.error { throw error }
        return Dictionary(
            list.elements.filter { $0.offset >= 0 }.map { ($0.place, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }

    /// What partitions hold now.
    func bounds(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int
    ) throws(KafkaError) -> [TopicPartition: PartitionBounds] {
        let starts = try offsets(partitions, at: Int64(RD_KAFKA_OFFSET_BEGINNING), timeoutMilliseconds)
        let ends = try offsets(partitions, at: Int64(RD_KAFKA_OFFSET_END), timeoutMilliseconds)
        var bounds: [TopicPartition: PartitionBounds] = [:]
        for (place, start) in starts {
            bounds[place] = PartitionBounds(partition: place.partition, start: start, end: max(start, ends[place] ?? start))
        }
        return bounds
    }

    private func offsets(
        _ partitions: [TopicPartition], at time: Int64, _ timeoutMilliseconds: Int
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        guard !partitions.isEmpty else { return [:] }
        let list = PartitionList(partitions.map { ($0, time) })
        let status = rd_kafka_offsets_for_times(pointer, list.pointer, Int32(clamping: timeoutMilliseconds))
        guard status == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code: KafkaError.Code(status)) }
        if let error = list.error { throw error }
        return Dictionary(list.elements.map { ($0.place, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }
}
