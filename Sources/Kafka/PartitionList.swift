internal import CRDKafka

/// Owner of an `rd_kafka_topic_partition_list_t`: partitions, each with an offset and the error of the last question about it.
struct PartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(_ partitions: some Collection<(place: TopicPartition, offset: Int64)>) {
        pointer = rd_kafka_topic_partition_list_new(Int32(clamping: partitions.count))
        for (place, offset) in partitions {
            rd_kafka_topic_partition_list_add(pointer, place.topic, place.partition)?.pointee.offset = offset
        }
    }

    init(_ places: some Collection<TopicPartition>) {
        self.init(places.map { ($0, Int64(RD_KAFKA_OFFSET_INVALID)) })
    }

    deinit { rd_kafka_topic_partition_list_destroy(pointer) }

    /// What the list holds now.
    var elements: [(place: TopicPartition, offset: Int64, error: KafkaError?)] { Self.elements(of: pointer) }

    /// The first error that stands beside a partition.
    var error: KafkaError? { elements.lazy.compactMap(\.error).first }

    /// Reads a list that librdkafka owns; nil is an empty one.
    static func elements(
        of list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) -> [(place: TopicPartition, offset: Int64, error: KafkaError?)] {
        guard let list, let start = list.pointee.elems else { return [] }
        return UnsafeBufferPointer(start: start, count: Int(list.pointee.cnt)).map { element in
            let code = KafkaError.Code(element.err)
            let error = code == .noError ? nil : KafkaError(code: code)
            return (TopicPartition(String(cString: element.topic), element.partition), element.offset, error)
        }
    }
}
