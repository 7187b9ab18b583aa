import Kafka
import RelayCore
import ServiceRuntime
import Telemetry

/// Reads a topic from somewhere to the end that it has at the start of the reading. One thread's.
///
/// What it keeps in hand is bounded whatever the number of partitions, so that a scan of millions needs no more memory than one of
/// hundreds.
final class TopicScan {
    enum Step { case more, enough }

    /// Prefetched bytes of all partitions together, in KiB.
    private static let prefetchKilobytes = 16_384
    private static let patience: Int64 = 45_000_000_000
    /// RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: the records to be read next are not there any more.
    private static let autoOffsetReset: Int32 = -140

    let topic: String
    /// As they were when the scan was made.
    let bounds: [PartitionBounds]
    /// Records that were lent out.
    private(set) var count = 0
    /// Offsets behind the reader, and to be read; for progress.
    private(set) var done: Int64 = 0
    private(set) var total: Int64 = 0

    private let consumer: Consumer
    private let stop: StopSignal

    /// Looks the topic up and notes its ends. nil when it does not exist.
    static func open(_ topic: String, _ options: RelayOptions, stop: StopSignal) throws(OperationError) -> TopicScan? {
        do throws(KafkaError) { return try TopicScan(topic, options, stop: stop) } catch {
            if error.code == .unknownTopicOrPartition || error.code == .localUnknownTopic { return nil }
            throw OperationError("reading the topic \(topic): \(error)")
        }
    }

    private init(_ topic: String, _ options: RelayOptions, stop: StopSignal) throws(KafkaError) {
        let connection = KafkaProperties(options.kafka).connectionOnly
        let admin = try Admin(properties: connection, logger: .disabled)
        let partitions = try admin.metadata(topic: topic, creatingMissing: false, timeoutMilliseconds: 10_000).partitions.count
        admin.close()
        guard partitions > 0 else { throw KafkaError(code: .unknownTopicOrPartition) }
        let share = max(256, Self.prefetchKilobytes / partitions)
        // See Consumer.hurry, which does it for older libraries.
        let backoff = KafkaLibrary.version >= 0x0202_00FF ? [("fetch.queue.backoff.ms", "5")] : []
        consumer = try Consumer(
            properties: KafkaProperties(
                backoff + [
                    ("queued.max.messages.kbytes", String(share)), ("queued.min.messages", String(max(500, 20_000 / partitions))),
                    ("fetch.wait.max.ms", "20"),
                    ("auto.offset.reset", "error"),
                    ("fetch.message.max.bytes", String(min(1_048_576, share * 1_024))),
                ]
            ).merging(connection), logger: .disabled)
        self.topic = topic
        self.stop = stop
        bounds = try consumer.bounds(topic: topic)
    }

    deinit { consumer.close() }

    /// The offsets at which a reading from this time on begins, in the order of `bounds`.
    func offsets(since microseconds: Int64?) throws(OperationError) -> [Int64] {
        guard let microseconds else { return bounds.map(\.start) }
        do throws(KafkaError) {
            return try consumer.offsets(
                topic: topic, partitions: bounds.map(\.partition), atMilliseconds: microseconds / 1_000)
        } catch { throw OperationError("looking for a time in the topic \(topic): \(error)") }
    }

    /// Lends every record from `starts` to `ends` (the topic's end where nil); at the most to the end noted when this was made.
    ///
    /// To be called once. Throws when the topic stops answering, and at Ctrl-C.
    func read(
        from starts: [Int64], to ends: [Int64]? = nil, progress: (TopicScan) -> Void = { _ in },
        _ body: (borrowing RawRecord) throws(OperationError) -> Step
    ) throws(OperationError) {
        var open: [Int32: Int64] = [:]
        do throws(KafkaError) {
            for (index, partition) in bounds.enumerated() {
                let start = max(starts[index], partition.start)
                let end = min(ends?[index] ?? partition.end, partition.end)
                guard start < end else { continue }
                open[partition.partition] = end
                total += end - start
                try consumer.assign(topic: topic, partition: partition.partition, from: .offset(start))
            }
        } catch { throw OperationError("reading the topic \(topic): \(error)") }
        var patience = MonotonicTime.now() + Self.patience
        var isDry = true
        while !open.isEmpty {
            guard !stop.isSet else { throw OperationError("stopped while reading the topic \(topic)") }
            var partition: Int32 = -1
            var isBehind = false
            let result = try consumer.withRawRecord(timeoutMilliseconds: isDry ? 200 : 2) {
                record throws(OperationError) -> Step in
                partition = record.partition
                guard let end = open[record.partition] else { return .more }
                done += 1
                if record.offset >= end - 1 { isBehind = true }
                guard record.offset < end else { return .more }
                count += 1
                return try body(record)
            }
            switch result {
            case .record(let step):
                isDry = false
                patience = MonotonicTime.now() + Self.patience
                if isBehind { open[partition] = nil }
                if step == .enough { return }
                if count & 0x3FFF == 0 { progress(self) }
            case .endOfPartition(_, let partition, let offset):
                if let end = open[partition], offset >= end { open[partition] = nil }
            case .error(let error) where error.code.rawValue == Self.autoOffsetReset:
                throw OperationError("reading the topic \(topic): records were deleted meanwhile; repeat the command")
            case .nothing where !isDry:
                isDry = true
                for partition in open.keys.prefix(8) { consumer.hurry(topic: topic, partition: partition) }
            case .nothing, .error:
                guard MonotonicTime.now() < patience else {
                    throw OperationError("reading the topic \(topic): no records came for \(Self.patience / 1_000_000_000) s")
                }
            }
        }
    }
}
