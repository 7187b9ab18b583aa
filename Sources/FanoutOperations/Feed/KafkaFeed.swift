import Glibc
import Kafka
import Realtime
import ServiceRuntime
import Synchronization
import Telemetry

/// Reads all partitions of the topic, without a group, and hands what it finds to the loops.
///
/// One thread reads; another one asks the cluster about the topic every two seconds, with a client of its own, so that no answer that
/// is late delays an event. When brokers are away both go on trying, and clients keep what they have.
final class KafkaFeed: Sendable {
    private enum End {
        case stopped
        case again(StaticString, KafkaError?)
    }

    /// Records in one batch at most.
    private static let batchRecords = 256
    private static let pollMilliseconds = 100
    private static let retryMilliseconds: Int64 = 1_000

    private let settings: FeedSettings
    private let logger: Logger
    private let stopSignal: StopSignal
    private let orders = FeedOrders()
    private let state = Mutex(FeedStatus())
    private let threads = Mutex<[OwnedThread]>([])
    private let prepare: @Sendable (UInt32) -> Void
    private let deliver: @Sendable (EventBatch) -> Void

    /// - Parameters:
    ///   - prepare: told the epoch of the cursors, once, before the first batch.
    ///   - deliver: takes each batch, on the reading thread; may make it wait.
    init(
        _ settings: FeedSettings, logger: Logger, prepare: @escaping @Sendable (UInt32) -> Void,
        deliver: @escaping @Sendable (EventBatch) -> Void
    ) throws(SystemError) {
        self.settings = settings
        self.logger = logger
        self.prepare = prepare
        self.deliver = deliver
        stopSignal = try StopSignal()
    }

    var status: FeedStatus { state.withLock { $0 } }

    func start() throws(SystemError) {
        let reader = try OwnedThread.start(name: "feed") { [self] in read() }
        threads.withLock { $0.append(reader) }
        let watcher = try OwnedThread.start(name: "feed-watch") { [self] in watch() }
        threads.withLock { $0.append(watcher) }
    }

    /// Ends both threads and waits for them.
    func stop() {
        stopSignal.set()
        for thread in threads.withLock({ $0 }) { thread.join() }
    }

    private func pause(_ milliseconds: Int64) {
        _ = try? waitReadable([PollTarget(stopSignal.fileDescriptor)], timeoutMilliseconds: milliseconds)
    }

    // MARK: Reading

    private func read() {
        var sequencer: EventSequencer?
        while !stopSignal.isSet {
            guard let opened = open() else {
                pause(Self.retryMilliseconds)
                continue
            }
            defer { opened.consumer.close() }
            let start = FeedStart.positions(opened.starts)
            var current: EventSequencer
            if let sequencer {
                current = sequencer
                current.restart(at: start)
            } else {
                let epoch = Cursor.epoch(cluster: opened.cluster, topic: settings.topic)
                prepare(epoch)
                current = EventSequencer(epoch: epoch, start: start)
            }
            state.withLock {
                $0.problem = nil
                $0.partitions = Set(opened.starts.map(\.partition))
                $0.positions = start
                $0.ends = opened.ends
            }
            orders.begin()
            logger.info("reading the topic", [.topic: .string(settings.topic), .count: .int(opened.starts.count)])
            let end = read(opened, &current)
            orders.end()
            sequencer = current
            if case .again(let why, let error) = end {
                state.withLock { $0.restarts += 1 }
                logger.error(
                    why, [.topic: .string(settings.topic), .error: error.map { .describing($0) } ?? .string("")])
                pause(Self.retryMilliseconds)
            }
        }
    }

    private struct Opened {
        let consumer: Consumer
        let cluster: String
        let starts: [(partition: Int32, offset: Int64)]
        let ends: [Int32: Int64]
    }

    /// nil when the topic cannot be read now; the status says why.
    private func open() -> Opened? {
        do throws(KafkaError) {
            // Records that are gone before they were read are to be heard of, not passed over.
            let consumer = try Consumer(
                properties: settings.properties.merging(["auto.offset.reset": "error"]), logger: logger)
            do throws(KafkaError) {
                let bounds = try consumer.bounds(topic: settings.topic)
                guard let cluster = consumer.clusterID() else { throw KafkaError(code: .localTimedOut) }
                let since = MonotonicTime.wallClockMicroseconds() / 1_000 - settings.historyAge
                let young = try consumer.offsets(
                    topic: settings.topic, partitions: bounds.map(\.partition), atMilliseconds: since)
                let starts = FeedStart.positions(bounds: bounds, young: young, events: settings.historyEvents)
                for (partition, offset) in starts {
                    try consumer.assign(topic: settings.topic, partition: partition, from: .offset(offset))
                }
                return Opened(
                    consumer: consumer, cluster: cluster, starts: starts,
                    ends: Dictionary(bounds.map { ($0.partition, $0.end) }, uniquingKeysWith: { first, _ in first }))
            } catch {
                consumer.close()
                throw error
            }
        } catch {
            noteProblem(error)
            return nil
        }
    }

    private func noteProblem(_ error: KafkaError) {
        let isMissing = error.code == .unknownTopicOrPartition || error.code == .localUnknownTopic
        let text = isMissing ? "the topic \(settings.topic) does not exist yet" : "the topic cannot be read: \(error)"
        let isNew = state.withLock { state in
            defer { state.problem = text }
            return state.problem != text
        }
        if isNew { logger.warning("waiting for the topic", [.topic: .string(settings.topic), .reason: .string(text)]) }
    }

    private func read(_ opened: Opened, _ sequencer: inout EventSequencer) -> End {
        let consumer = opened.consumer
        var goal: [Int32: Int64]? = opened.ends
        while !stopSignal.isSet {
            let orders = orders.take()
            if let why = orders.restart {
                return .again("the topic is begun again", KafkaError(code: .unknownTopicOrPartition, message: why))
            }
            for partition in orders.partitions {
                do throws(KafkaError) {
                    try consumer.assign(topic: settings.topic, partition: partition, from: .beginning)
                    state.withLock { _ = $0.partitions.insert(partition) }
                    logger.info("a new partition is read", [.topic: .string(settings.topic), .partition: .int(Int(partition))])
                } catch { logger.warning("a new partition cannot be read yet", [.error: .describing(error)]) }
            }
            var taken = 0
            var skipped: [RecordFault: Int] = [:]
            var failure: KafkaError?
            poll: while taken < Self.batchRecords {
                let result = consumer.withRawRecord(timeoutMilliseconds: taken == 0 ? Self.pollMilliseconds : 0) { record in
                    Self.take(record, &sequencer)
                }
                switch result {
                case .record(let outcome):
                    taken += 1
                    if case .skipped(let fault) = outcome { skipped[fault, default: 0] += 1 }
                case .endOfPartition(_, let partition, let offset):
                    sequencer.pass(partition: partition, to: offset)
                    if taken == 0 { break poll }
                case .nothing: break poll
                case .error(let error):
                    failure = error
                    break poll
                }
            }
            publish(&sequencer, taken, skipped, &goal)
            switch failure?.code {
            case .localAutoOffsetReset?, .offsetOutOfRange?:
                return .again("records were gone before they were read: the topic is begun again", failure)
            case nil: break
            default: logger.debug("the topic is not read at present", [.error: failure.map { .describing($0) } ?? .string("")])
            }
        }
        return .stopped
    }

    private func publish(
        _ sequencer: inout EventSequencer, _ taken: Int, _ skipped: [RecordFault: Int], _ goal: inout [Int32: Int64]?
    ) {
        if let batch = sequencer.takeBatch() { deliver(batch) }
        let positions = sequencer.positions
        let isThere = goal.map { goal in goal.allSatisfy { positions[$0.key] >= $0.value } } ?? false
        if isThere { goal = nil }
        let isFirst = state.withLock { state in
            state.positions = positions
            state.records += taken
            for (fault, count) in skipped { state.skipped[fault, default: 0] += count }
            guard isThere, !state.isLoaded else { return false }
            state.isLoaded = true
            return true
        }
        if isFirst { logger.info("the history is loaded") }
        if !skipped.isEmpty {
            for (fault, count) in skipped {
                logger.warning(
                    "records that are no events were passed over", [.reason: .string(fault.rawValue), .count: .int(count)])
            }
        }
    }

    private static func take(_ record: borrowing RawRecord, _ sequencer: inout EventSequencer) -> EventSequencer.Outcome {
        var channels: UnsafeRawBufferPointer?
        record.forEachHeader { name, value in
            guard name.elementsEqual(FeedRecord.channelsHeader.utf8) else { return true }
            channels = value
            return false
        }
        return sequencer.take(
            FeedRecord(
                partition: record.partition, offset: record.offset, timestamp: record.timestampMilliseconds, key: record.key,
                value: record.value, channels: channels))
    }

    // MARK: Watching

    private func watch() {
        var watch = TopicWatch()
        var client: Consumer?
        defer { client?.close() }
        var watched: Int?
        while !stopSignal.isSet {
            pause(2_000)
            guard !stopSignal.isSet, let generation = orders.generation else { continue }
            if generation != watched {
                watch = TopicWatch()
                watched = generation
            }
            if client == nil { client = try? Consumer(properties: settings.properties, logger: logger) }
            guard let client else { continue }
            let before = status
            let look = look(client)
            if case .holds(let bounds) = look {
                state.withLock { state in
                    state.ends = Dictionary(bounds.map { ($0.partition, $0.end) }, uniquingKeysWith: { first, _ in first })
                }
            }
            apply(watch.judge(look, known: before.partitions, positions: before.positions), generation)
        }
    }

    private func look(_ client: Consumer) -> TopicWatch.Look {
        do throws(KafkaError) {
            return .holds(try client.bounds(topic: settings.topic, timeoutMilliseconds: 5_000))
        } catch {
            return error.code == .unknownTopicOrPartition || error.code == .localUnknownTopic
                ? .missing : .unreachable("\(error)")
        }
    }

    private func apply(_ verdict: TopicWatch.Verdict, _ generation: Int) {
        var problem: String?
        switch verdict {
        case .fine: break
        case .partitionsAdded(let partitions): orders.give(in: generation) { $0.partitions = partitions }
        case .madeAnew(let why): orders.give(in: generation) { $0.restart = why }
        case .unreachable(let text): problem = "the brokers do not answer: \(text)"
        }
        guard orders.generation == generation else { return }
        let previous = state.withLock { state in
            defer { state.problem = problem }
            return state.problem
        }
        if let problem, previous == nil {
            logger.warning("the topic cannot be asked about; clients keep what they have", [.reason: .string(problem)])
        } else if problem == nil, previous != nil {
            logger.info("the brokers answer again")
        }
    }
}
