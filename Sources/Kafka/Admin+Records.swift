internal import CRDKafka

extension Admin {
    /// Deletes every record of a partition below an offset, for all readers and for good.
    ///
    /// Throws the broker's refusal (POLICY_VIOLATION for a topic that is only compacted), or `_TIMED_OUT`.
    public func deleteRecords(
        of topic: String, partition: Int32, before offset: Int64, timeoutMilliseconds: Int
    ) throws(KafkaError) {
        guard let list = rd_kafka_topic_partition_list_new(1) else { throw KafkaError(code: .localSystemResource) }
        defer { rd_kafka_topic_partition_list_destroy(list) }
        rd_kafka_topic_partition_list_add(list, topic, partition)?.pointee.offset = offset
        var request = rd_kafka_DeleteRecords_new(list)
        defer { rd_kafka_DeleteRecords_destroy(request) }
        try self.request(RD_KAFKA_ADMIN_OP_DELETERECORDS, timeoutMilliseconds) { options, queue in
            rd_kafka_DeleteRecords(client.pointer, &request, 1, options, queue)
        } answer: { event throws(KafkaError) in
            guard let answer = rd_kafka_event_DeleteRecords_result(event),
                let offsets = rd_kafka_DeleteRecords_result_offsets(answer),
                let found = rd_kafka_topic_partition_list_find(offsets, topic, partition)
            else { throw KafkaError(code: .localUnknownPartition) }
            let code = KafkaError.Code(found.pointee.err)
            guard code == .noError else { throw KafkaError(code: code) }
        }
    }
}
