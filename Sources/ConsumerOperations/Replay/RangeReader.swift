package import Kafka
package import RelayOperations
package import ServiceRuntime
import Telemetry

/// Reads parts of partitions, by assignment: no group is joined and nothing is committed. One thread's.
package final class RangeReader {
    private static let timeoutMilliseconds = 10_000
    /// Prefetched bytes of all partitions together, in KiB.
    private static let prefetchKilobytes = 16_384
    /// RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: the records to be read next are not there any more.
    private static let autoOffsetReset: Int32 = -140

    private let properties: KafkaProperties
    private let stop: StopSignal
    private let patience: Int64
    private let now: () -> Int64
    /// Offsets that are behind the reader.
    private(set) var done: Int64 = 0

    /// - Parameters:
    ///   - patience: for how many ns records may fail to come.
    ///   - now: the clock that measures it, in ns; asked by the thread that reads.
    package init(
        _ properties: KafkaProperties, stop: StopSignal, patience: Int64 = 45_000_000_000,
        now: @escaping () -> Int64 = MonotonicTime.now
    ) {
        self.properties = properties.connectionOnly
        self.stop = stop
        self.patience = patience
        self.now = now
    }

    /// What the partitions hold now, and which topics do not exist.
    func bounds(_ topics: [String]) throws(OperationError) -> (held: [TopicPartition: PartitionBounds], missing: [String]) {
        try with { reader throws(KafkaError) in
            var held: [TopicPartition: PartitionBounds] = [:]
            var missing: [String] = []
            for topic in topics {
                do throws(KafkaError) {
                    for bounds in try reader.bounds(topic: topic, timeoutMilliseconds: Self.timeoutMilliseconds) {
                        held[TopicPartition(topic, bounds.partition)] = bounds
                    }
                } catch {
                    guard error.code == .unknownTopicOrPartition || error.code == .localUnknownTopic else { throw error }
                    missing.append(topic)
                }
            }
            return (held, missing)
        }
    }

    /// The offset in each partition of the first record of a time, in µs since 1970, or later.
    func offsets(_ places: [TopicPartition], at time: Int64) throws(OperationError) -> [TopicPartition: Int64] {
        try with { reader throws(KafkaError) in
            var found: [TopicPartition: Int64] = [:]
            for topic in Set(places.map(\.topic)) {
                let partitions = places.filter { $0.topic == topic }.map(\.partition)
                let offsets = try reader.offsets(
                    topic: topic, partitions: partitions, atMilliseconds: max(0, time / 1_000),
                    timeoutMilliseconds: Self.timeoutMilliseconds)
                for (partition, offset) in zip(partitions, offsets) { found[TopicPartition(topic, partition)] = offset }
            }
            return found
        }
    }

    private func with<Value>(_ body: (Consumer) throws(KafkaError) -> Value) throws(OperationError) -> Value {
        do throws(KafkaError) {
            let reader = try Consumer(properties: properties, logger: .disabled)
            defer { reader.close() }
            return try body(reader)
        } catch { throw OperationError("asking Kafka: \(error)") }
    }

    /// Hands over the records of all ranges in batches, each partition's in their order. Returns early when the stop is set.
    package func read(
        _ ranges: [RecordRange], batch: Int, batchBytes: Int, _ body: ([Record]) throws(OperationError) -> Void
    ) throws(OperationError) {
        var open: [TopicPartition: Int64] = [:]
        let share = max(256, Self.prefetchKilobytes / max(1, ranges.count))
        // See Consumer.hurry, which does it for older libraries.
        let backoff = KafkaLibrary.version >= 0x0202_00FF ? [("fetch.queue.backoff.ms", "5")] : []
        let reader: Consumer
        do throws(KafkaError) {
            reader = try Consumer(
                properties: KafkaProperties(
                    backoff + [
                        ("queued.max.messages.kbytes", String(share)), ("fetch.wait.max.ms", "20"),
                        ("auto.offset.reset", "error"),
                        ("queued.min.messages", String(max(500, 20_000 / max(1, ranges.count)))),
                        ("fetch.message.max.bytes", String(min(1_048_576, share * 1_024))),
                    ]
                ).merging(properties), logger: .disabled)
        } catch { throw OperationError("asking Kafka: \(error)") }
        defer { reader.close() }
        do throws(KafkaError) {
            for range in ranges where range.count > 0 {
                try reader.assign(
                    topic: range.place.topic, partition: range.place.partition, from: .offset(range.start),
                    timeoutMilliseconds: Self.timeoutMilliseconds)
                open[range.place] = range.end
            }
        } catch { throw OperationError("reading from Kafka: \(error)") }
        var records: [Record] = []
        var bytes = 0
        var deadline = now() + patience
        var isDry = true
        while !open.isEmpty, !stop.isSet {
            switch reader.poll(timeoutMilliseconds: isDry ? 200 : 5) {
            case .record(let record):
                isDry = false
                deadline = now() + patience
                let place = TopicPartition(record.topic, record.partition)
                guard let end = open[place] else { continue }
                if record.offset >= end - 1 { open[place] = nil }
                guard record.offset < end else { continue }
                done += 1
                records.append(record)
                bytes += (record.value?.count ?? 0) + (record.key?.count ?? 0) + 200
                if records.count >= batch || bytes >= batchBytes {
                    try body(records)
                    // However long that took: Kafka was not asked meanwhile.
                    deadline = now() + patience
                    records = []
                    bytes = 0
                }
            case .endOfPartition(let topic, let partition, let offset):
                let place = TopicPartition(topic, partition)
                if let end = open[place], offset >= end { open[place] = nil }
            case .error(let error) where error.code.rawValue == Self.autoOffsetReset:
                throw OperationError("records were deleted while they were to be read; repeat the command")
            case .nothing where !isDry:
                isDry = true
                for place in open.keys.prefix(8) { reader.hurry(topic: place.topic, partition: place.partition) }
            case .nothing, .error:
                guard now() < deadline else {
                    throw OperationError("no records came from Kafka for \(patience / 1_000_000_000) s")
                }
            }
        }
        if !stop.isSet, !records.isEmpty { try body(records) }
    }
}
