internal import Kafka
internal import PostgresClient
internal import ServiceRuntime
internal import Synchronization
internal import Telemetry

/// The thread that looks after what is not urgent: lag, counts, the inbox's retention. Its clients are its own, so that nothing waits
/// for it.
final class Keeper {
    private static let lookMilliseconds: Int64 = 2_000
    private static let hourNanoseconds: Int64 = 3_600_000_000_000
    /// Between two looks at how many letters were retried, which there may be many of.
    private static let retriedNanoseconds: Int64 = 10_000_000_000

    private let shared: RunnerShared
    private let stop: StopSignal
    private var connection: Connection?
    private var reader: Consumer?
    private var nextCleanup: Int64
    private var nextRetried: Int64 = 0
    private var retried = GrowingCount()

    init(_ shared: RunnerShared, stop: StopSignal) {
        self.shared = shared
        self.stop = stop
        // Not in the first moments, which belong to the backlog.
        nextCleanup = MonotonicTime.now() + 10_000_000_000
    }

    /// Until `stop`. Blocks the calling thread.
    func run() {
        while !stop.isSet {
            lookAtLag()
            lookAtDatabase()
            _ = try? waitReadable([PollTarget(stop.fileDescriptor)], timeoutMilliseconds: Self.lookMilliseconds)
        }
        connection?.close()
        reader?.close()
    }

    // MARK: Kafka

    private func lookAtLag() {
        let watermarks = shared.ledger.withLock { $0.watermarks }
        var ends: [TopicPartition: Int64] = [:]
        do throws(KafkaError) {
            let reader = try openReader()
            // Who has no partitions asks all the same: whether the brokers answer is to be known.
            let topics = watermarks.isEmpty ? Set(shared.definition.topics.prefix(1)) : Set(watermarks.keys.map(\.topic))
            for topic in topics {
                for bounds in try reader.bounds(topic: topic, timeoutMilliseconds: 5_000) {
                    ends[TopicPartition(topic, bounds.partition)] = bounds.end
                }
            }
        } catch {
            shared.logger.debug("the ends of partitions cannot be read", [.error: .string("\(error)")])
            shared.status.withLock { $0.brokerProblem = "\(error)" }
            return
        }
        shared.status.withLock { $0.brokerProblem = nil }
        let oldest = shared.queues.compactMap(\.oldestTime).min()
        let now = MonotonicTime.wallClockMicroseconds() / 1_000
        var lags: [String: Int64] = [:]
        for topic in shared.definition.topics { lags[topic] = 0 }
        for (place, mark) in watermarks { lags[place.topic, default: 0] += max(0, (ends[place] ?? mark) - mark) }
        let isBehind = lags.values.contains { $0 > 0 }
        let age = shared.status.withLock { status in
            status.ends = ends
            let since = oldest ?? status.lastDoneTime
            status.lagSeconds = isBehind ? since.map { Double(max(0, now - $0)) / 1_000 } : nil
            return status.lagSeconds
        }
        for (topic, lag) in lags { shared.metrics.lagRecords(topic: topic).set(Double(lag)) }
        shared.metrics.lagSeconds.set(age ?? 0)
        shared.metrics.offsetGap.set(Double(shared.ledger.withLock { $0.widestGap }))
        for (index, queue) in shared.queues.enumerated() { shared.metrics.laneDepth(index).set(Double(queue.load.records)) }
    }

    private func openReader() throws(KafkaError) -> Consumer {
        if let reader { return reader }
        let opened = try Consumer(properties: shared.settings.kafka.connectionOnly, logger: shared.logger)
        reader = opened
        return opened
    }

    // MARK: Postgres

    private func lookAtDatabase() {
        guard shared.breakers.isClosed("postgres") else { return }
        do throws(PostgresError) {
            let connection = try openConnection()
            let counts = try connection.execute(InboxStatements(consumer: shared.definition.name).counts)
            let open = counts.integer(0, 0)
            let parked = counts.integer(0, 1)
            shared.status.withLock { status in
                status.openDeadLetters = open
                status.parked = parked
                status.databaseProblem = nil
            }
            shared.metrics.openLetters.set(Double(open ?? 0))
            shared.metrics.parked.set(Double(parked ?? 0))
            shared.metrics.oldestLetter.set(max(0, counts.text(0, 2).flatMap { Double($0) } ?? 0))
            if MonotonicTime.now() >= nextRetried {
                let count = try connection.execute(InboxStatements(consumer: shared.definition.name).retriedCount)
                shared.metrics.replayedLetters.add(retried.growth(to: Int(count.integer(0, 0) ?? 0)))
                nextRetried = MonotonicTime.now() + Self.retriedNanoseconds
            }
            if shared.definition.usesInbox, MonotonicTime.now() >= nextCleanup {
                nextCleanup = MonotonicTime.now() + Self.hourNanoseconds
                try cleanUp(connection)
            }
        } catch {
            shared.logger.debug("the database could not be looked at", [.error: .string("\(error)")])
            // An idle consumer has no batch that would notice.
            if error.isConnectionLoss { shared.status.withLock { $0.databaseProblem = "\(error)" } }
            connection?.close()
        }
    }

    private func cleanUp(_ connection: Connection) throws(PostgresError) {
        let started = MonotonicTime.now()
        let today = CivilDay.number(ofMicroseconds: MonotonicTime.wallClockMicroseconds())
        do throws(EffectError) { try shared.days.ensure([today, today + 1], on: connection) } catch {
            shared.logger.warning("tomorrow's day of the inbox could not be made", [.error: .string(error.message)])
        }
        try shared.days.refreshStrays(on: connection)
        let dropped = try InboxRetention(days: shared.settings.inboxRetentionDays).run(today: today, on: connection)
        if !dropped.isEmpty { shared.days.forget() }
        for name in dropped {
            shared.logger.info("a day of the inbox is past its retention and was dropped", [.table: .string(name)])
        }
        shared.metrics.cleanup.observe(Double(MonotonicTime.now() - started) / 1e9)
    }

    private func openConnection() throws(PostgresError) -> Connection {
        if let connection, connection.isOpen { return connection }
        let opened = try Connection.open(shared.settings.postgres, stop: stop)
        connection = opened
        return opened
    }
}
