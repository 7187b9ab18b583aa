internal import CRDKafka
internal import Synchronization
public import Telemetry

/// Reads topics from a chosen position, without a consumer group and without committing anything. For operators' commands, the
/// demo, measurements and tests.
///
/// Threads: one at a time may call it, `close` included. Reads read_committed and reports ends of partitions unless the properties
/// say otherwise.
public final class Consumer: Sendable {
    /// What must be there for a reader without a group, before the caller's properties.
    private static let defaults: KafkaProperties = [
        "enable.partition.eof": "true", "isolation.level": "read_committed", "enable.auto.commit": "false",
        "enable.auto.offset.store": "false", "socket.nagle.disable": "true",
    ]

    private struct State: ~Copyable {
        var topics: [String: OpaquePointer] = [:]
        var partitions: [(topic: OpaquePointer, partition: Int32)] = []
        var buffer = FetchBuffer()
        var isClosed = false
    }

    private let client: ClientHandle
    nonisolated(unsafe) private let queue: OpaquePointer
    private let state = Mutex(State())

    public init(properties: KafkaProperties, logger: Logger) throws(KafkaError) {
        client = try ClientHandle(RD_KAFKA_CONSUMER, Self.defaults.merging(properties), logger: logger)
        queue = rd_kafka_queue_new(client.pointer)
    }

    deinit { close() }

    /// Begins to read a topic, all of its present partitions or one of them.
    ///
    /// - Parameters:
    ///   - partition: nil for all.
    ///   - timeoutMilliseconds: for looking up the topic, and once more for finding its end.
    /// - Returns: the partitions now read.
    /// - Throws: what the lookup met; UNKNOWN_TOPIC_OR_PART when the topic does not exist; `_CONFLICT` when a partition is already
    ///   read.
    @discardableResult
    public func assign(
        topic name: String, partition: Int32? = nil, from start: StartPosition = .beginning, timeoutMilliseconds: Int = 10_000
    ) throws(KafkaError) -> [Int32] {
        try state.withLock { state throws(KafkaError) in
            guard !state.isClosed else { throw KafkaError(code: .localDestroy) }
            let metadata = try client.metadata(ofTopic: name, timeoutMilliseconds: timeoutMilliseconds)
            if let error = metadata.error { throw error }
            let partitions = partition.map { [$0] } ?? metadata.partitions.map(\.id)
            let offsets = try offsets(name, partitions, start, timeoutMilliseconds)
            let topic = try topic(name, in: &state)
            for (partition, offset) in zip(partitions, offsets) {
                guard rd_kafka_consume_start_queue(topic, partition, offset, queue) == 0 else {
                    throw KafkaError(code: KafkaError.Code(rd_kafka_last_error()))
                }
                state.partitions.append((topic, partition))
            }
            return partitions
        }
    }

    private func topic(_ name: String, in state: inout State) throws(KafkaError) -> OpaquePointer {
        if let known = state.topics[name] { return known }
        guard let pointer = rd_kafka_topic_new(client.pointer, name, nil) else {
            throw KafkaError(code: KafkaError.Code(rd_kafka_last_error()))
        }
        state.topics[name] = pointer
        return pointer
    }

    /// The end is looked up here and now: left to librdkafka it would be found some time later, behind records produced meanwhile.
    private func offsets(
        _ topic: String, _ partitions: [Int32], _ start: StartPosition, _ timeoutMilliseconds: Int
    ) throws(KafkaError) -> [Int64] {
        switch start {
        case .beginning: return partitions.map { _ in Int64(RD_KAFKA_OFFSET_BEGINNING) }
        case .offset(let offset): return partitions.map { _ in offset }
        case .end:
            return try client.endOffsets(topic: topic, partitions: partitions, timeoutMilliseconds: timeoutMilliseconds)
        case .time(let milliseconds):
            return try client.offsets(
                topic: topic, partitions: partitions, atMilliseconds: milliseconds, timeoutMilliseconds: timeoutMilliseconds)
        }
    }

    /// What each partition of a topic holds now: from the oldest record still there to behind the last readable one.
    ///
    /// Throws UNKNOWN_TOPIC_OR_PART when the topic does not exist. Like ``assign(topic:partition:from:timeoutMilliseconds:)`` a
    /// question about a topic, which creates none: a consumer's client asks so.
    public func bounds(topic name: String, timeoutMilliseconds: Int = 10_000) throws(KafkaError) -> [PartitionBounds] {
        try state.withLock { state throws(KafkaError) in
            guard !state.isClosed else { throw KafkaError(code: .localDestroy) }
            let metadata = try client.metadata(ofTopic: name, timeoutMilliseconds: timeoutMilliseconds)
            if let error = metadata.error { throw error }
            let partitions = metadata.partitions.map(\.id)
            let starts = try client.beginningOffsets(
                topic: name, partitions: partitions, timeoutMilliseconds: timeoutMilliseconds)
            let ends = try client.endOffsets(topic: name, partitions: partitions, timeoutMilliseconds: timeoutMilliseconds)
            return partitions.indices.map {
                PartitionBounds(partition: partitions[$0], start: starts[$0], end: max(starts[$0], ends[$0]))
            }
        }
    }

    /// The cluster's id, once a broker has told it; nil for brokers that have none (before Kafka 0.10.1).
    public func clusterID(timeoutMilliseconds: Int = 10_000) -> String? {
        state.withLock { state in
            guard !state.isClosed, let text = rd_kafka_clusterid(client.pointer, Int32(clamping: timeoutMilliseconds)) else {
                return nil
            }
            defer { rd_kafka_mem_free(client.pointer, text) }
            return String(cString: text)
        }
    }

    /// Makes the client look again at what there is to fetch. After its prefetch queue was full, librdkafka does so only once a second
    /// (versions without fetch.queue.backoff.ms), however fast the queue was emptied. Costs one small request to the partition's leader.
    public func hurry(topic name: String, partition: Int32) {
        state.withLock { state in
            guard !state.isClosed else { return }
            var low: Int64 = 0
            var high: Int64 = 0
            _ = rd_kafka_query_watermark_offsets(client.pointer, name, partition, &low, &high, 1_000)
        }
    }

    /// The offset of each partition's oldest record of this time or later, the end where there is none.
    public func offsets(
        topic name: String, partitions: [Int32], atMilliseconds time: Int64, timeoutMilliseconds: Int = 10_000
    ) throws(KafkaError) -> [Int64] {
        try state.withLock { state throws(KafkaError) in
            guard !state.isClosed else { throw KafkaError(code: .localDestroy) }
            return try client.offsets(
                topic: name, partitions: partitions, atMilliseconds: time, timeoutMilliseconds: timeoutMilliseconds)
        }
    }

    /// The next record, copied. Waits up to the timeout for one.
    public func poll(timeoutMilliseconds: Int) -> PollResult<Record> {
        withRawRecord(timeoutMilliseconds: timeoutMilliseconds) { $0.copy() }
    }

    /// Lends the next record to `body` without copying it. `body` must not close this consumer.
    public func withRawRecord<Value, Failure: Error>(
        timeoutMilliseconds: Int, _ body: (borrowing RawRecord) throws(Failure) -> Value
    ) throws(Failure) -> PollResult<Value> {
        let next = state.withLock { $0.isClosed ? nil : Fetched($0.buffer.next(queue, timeoutMilliseconds: timeoutMilliseconds)) }
        guard let next else { return .error(KafkaError(code: .localDestroy)) }
        guard let message = next.message else { return .nothing }
        defer { rd_kafka_message_destroy(message) }
        let code = KafkaError.Code(message.pointee.err)
        switch code {
        case .noError:
            return .record(try body(RawRecord(message)))
        case .localPartitionEOF:
            let record = RawRecord(message)
            return .endOfPartition(topic: record.topic, partition: record.partition, offset: record.offset)
        default:
            let text = rd_kafka_message_errstr(message).map { String(cString: $0) } ?? code.text
            return .error(KafkaError(code: code, message: client.log.redacted(text)))
        }
    }

    /// Stops reading and destroys the client. Idempotent.
    public func close() {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.isClosed = true
            for (topic, partition) in state.partitions {
                rd_kafka_consume_stop(topic, partition)
            }
            state.buffer.discard()
            for topic in state.topics.values {
                rd_kafka_topic_destroy(topic)
            }
            rd_kafka_queue_destroy(queue)
            client.destroy()
        }
    }
}
