internal import Kafka
internal import PostgresClient
internal import ServiceRuntime
internal import Synchronization
internal import Telemetry

/// One thread that applies batches on a connection of its own.
final class Lane {
    private let shared: RunnerShared
    private let index: Int
    private let queue: LaneQueue
    private let decoder: EventDecoder
    private let transaction: BatchTransaction
    private var connection: Connection?
    /// Which round of sessions ours belongs to.
    private var round = 0
    private var isTroubleReported = false

    init(_ shared: RunnerShared, index: Int) {
        self.shared = shared
        self.index = index
        queue = shared.queues[index]
        decoder = EventDecoder(eventTypes: shared.definition.eventTypes)
        transaction = BatchTransaction(
            consumer: shared.consumer, settings: shared.settings, days: shared.days, letters: shared.letters)
    }

    /// Until the consumer stops. Blocks the calling thread.
    func run() {
        while !shared.isStopping.load(ordering: .acquiring) {
            shared.turned(index)
            guard shared.mayWork else {
                queue.sleep(milliseconds: 200)
                continue
            }
            guard prepare() else { continue }
            let generation = shared.generation.load(ordering: .acquiring)
            let taken = queue.take(records: shared.settings.batchSize, bytes: shared.settings.batchBytes)
            guard !taken.isEmpty else {
                queue.sleepUntilWork(milliseconds: 1_000)
                continue
            }
            let rest = work(taken, generation)
            queue.done(returning: rest)
            shared.progressed.signal()
        }
        connection?.close()
    }

    // MARK: A batch

    /// Returns what was not done and is still ours.
    private func work(_ taken: [QueuedRecord], _ generation: Int) -> [QueuedRecord] {
        let records = shared.ledger.withLock { ledger in taken.filter { ledger.isValid($0.ticket) } }
        let started = MonotonicTime.now()
        let items = records.map { BatchItem(record: $0.record, decoded: decoder.decode($0.record), ticket: $0.ticket) }
        shared.metrics.phase(.decode).observe(seconds(since: started))
        if let oldest = records.first { shared.metrics.queueTime.observe(seconds(since: oldest.queuedAt)) }

        if items.allSatisfy({ if case .passedOver = $0.decoded { true } else { false } }) {
            finish(BatchTally(passedOver: Array(items.indices)), items, items.indices)
            return []
        }
        var machine = BatchMachine(
            count: items.count, policy: shared.settings.retry,
            condemned: BatchItem.undecodable(items, now: MonotonicTime.wallClockMicroseconds()))
        while true {
            shared.turned(index)
            let isOurs = shared.mayWork && shared.generation.load(ordering: .acquiring) == generation
            switch machine.action {
            case .finished: return []
            case .run where !isOurs, .wait where !isOurs:
                let rest = machine.remaining.map { records[$0] }
                return shared.ledger.withLock { ledger in rest.filter { ledger.isValid($0.ticket) } }
            case .wait(let milliseconds):
                sleep(milliseconds)
                machine.waited()
            case .run(let range):
                if let milliseconds = shared.breakers.refusal(now: MonotonicTime.now() / 1_000_000) {
                    queue.sleep(milliseconds: min(1_000, max(1, milliseconds)))
                    continue
                }
                attempt(range, items, &machine)
            }
        }
    }

    private func attempt(_ range: Range<Int>, _ items: [BatchItem], _ machine: inout BatchMachine) {
        let now = MonotonicTime.wallClockMicroseconds
        let random = Double.random(in: 0..<1)
        do throws(EffectError) {
            let connection = try openConnection()
            let ending = try transaction.run(
                items, range: range, condemned: machine.condemned, on: connection,
                admits: { verdicts in
                    var ahead = shared.flood.withLock { $0 }
                    return ahead.note(verdicts)
                },
                marks: {
                    let tickets = range.compactMap { items[$0].ticket }
                    return shared.ledger.withLock { $0.watermarks(with: tickets) }
                })
            switch ending {
            case .committed(let tally):
                shared.breakers.succeeded()
                isTroubleReported = false
                finish(tally, items, range)
                machine.ended(.committed, now: now(), random: random)
            case .condemned(let causes):
                shared.breakers.withdrew()
                machine.ended(.condemned(causes), now: now(), random: random)
            case .halted(let reason):
                shared.breakers.withdrew()
                shared.halt(reason: reason)
            }
        } catch {
            note(error, range)
            if connection?.isOpen != true { shared.loseSessions() }
            machine.ended(.failed(error.errorClass, reason: error.message), now: now(), random: random)
        }
    }

    /// Opens our session when a new round began; false until all lanes have theirs.
    private func prepare() -> Bool {
        let wanted = shared.sessions.round
        if round != wanted, !openSession(wanted) { return false }
        if !shared.sessions.isComplete {
            queue.sleep(milliseconds: 200)
            return false
        }
        return true
    }

    private func openSession(_ wanted: Int) -> Bool {
        if let milliseconds = shared.breakers.refusal(of: "postgres", now: MonotonicTime.now() / 1_000_000) {
            queue.sleep(milliseconds: min(1_000, max(1, milliseconds)))
            return false
        }
        connection?.close()
        do throws(EffectError) {
            let opened = try open()
            connection = opened
            shared.breakers.withdrew()
            guard try isUpToDate(opened) else {
                shared.loseSessions()
                return false
            }
        } catch {
            note(error, 0..<0)
            queue.sleep(milliseconds: 500)
            return false
        }
        round = wanted
        if shared.sessions.opened(index, round: wanted) { shared.wakeAll() }
        return true
    }

    /// Whether the database still has every mark that was read when the partitions began.
    private func isUpToDate(_ connection: Connection) throws(EffectError) -> Bool {
        let known = shared.ledger.withLock { $0.persistedMarks }
        let found = try EffectError.kit { () throws(PostgresError) in
            try PositionStore.read(
                known.map(\.place), InboxStatements(consumer: shared.definition.name), on: connection)
        }
        return known.allSatisfy { (found[$0.place] ?? .min) >= $0.offset }
    }

    private func openConnection() throws(EffectError) -> Connection {
        if let connection, connection.isOpen { return connection }
        shared.loseSessions()
        throw EffectError(.dependency("postgres"), "the session with Postgres ended")
    }

    private func open() throws(EffectError) -> Connection {
        // The server ends a slow statement, which is an answer: our own deadline behind it is for a server that gives none.
        var session = shared.settings.postgres
        session.sessionSettings.append(("statement_timeout", String(shared.settings.statementTimeoutMilliseconds)))
        return try EffectError.kit { () throws(PostgresError) in try Connection.open(session, stop: shared.hardStop) }
    }

    private func note(_ error: EffectError, _ range: Range<Int>) {
        shared.metrics.retries.add()
        if case .dependency(let name) = error.errorClass {
            shared.breakers.failed(name, reason: error.message, now: MonotonicTime.now() / 1_000_000)
        } else {
            shared.breakers.withdrew()
        }
        shared.status.withLock { $0.lastProblem = error.description }
        let fields: LogFields = [
            .name: .string(shared.definition.name), .events: .int(range.count), .error: .string(error.message),
            .errorCode: .describing(error.errorClass),
        ]
        if isTroubleReported {
            shared.logger.debug("a batch was rolled back", fields)
        } else {
            shared.logger.warning("a batch was rolled back", fields)
        }
        isTroubleReported = true
    }

    private func sleep(_ milliseconds: Int64) {
        let deadline = MonotonicTime.now() + milliseconds * 1_000_000
        while shared.mayWork {
            shared.turned(index)
            let left = (deadline - MonotonicTime.now() + 999_999) / 1_000_000
            guard left > 0 else { return }
            queue.sleep(milliseconds: min(left, 1_000))
        }
    }

    // MARK: After a commit

    private func finish(
        _ tally: BatchTally, _ items: [BatchItem], _ range: Range<Int>
    ) {
        shared.ledger.withLock { $0.finish(range.lazy.compactMap { items[$0].ticket }) }
        let isAllGood = tally.deadLetters.isEmpty
        shared.flood.withLock { flood in
            if isAllGood { flood.noteGood(tally.applied.count + tally.duplicates.count) } else { _ = flood.note(tally.verdicts) }
        }
        let lastTime = range.last.flatMap { items[$0].record.timestampMilliseconds }
        shared.status.withLock { status in
            status.applied += tally.applied.count
            status.duplicates += tally.duplicates.count
            status.skipped += tally.passedOver.count
            status.deadLetters += tally.deadLetters.count
            if let lastTime { status.lastDoneTime = max(status.lastDoneTime ?? 0, lastTime) }
        }
        measure(tally, items, range)
    }

    private func measure(_ tally: BatchTally, _ items: [BatchItem], _ range: Range<Int>) {
        let metrics = shared.metrics
        metrics.batchSize.observe(Double(range.count))
        metrics.phase(.claim).observe(Double(tally.claim) / 1e9)
        metrics.phase(.apply).observe(Double(tally.apply) / 1e9)
        metrics.phase(.commit).observe(Double(tally.commit) / 1e9)
        metrics.duplicates.add(tally.duplicates.count)
        count(.applied, tally.applied, items)
        count(.duplicate, tally.duplicates, items)
        count(.skipped, tally.passedOver, items)
        count(.parked, tally.parked, items)
        count(.dead, tally.deadLetters.map(\.index), items)
        let now = MonotonicTime.wallClockMicroseconds()
        for index in tally.applied {
            if let event = items[index].event { metrics.freshness.observe(Double(now - event.occurredAt) / 1e6) }
        }
        for letter in tally.deadLetters {
            metrics.deadLetters(letter.cause.kind).add()
            if case .undecodable = items[letter.index].decoded { metrics.poison.add() }
            let record = items[letter.index].record
            shared.logger.warning(
                "an event became a dead letter",
                [
                    .name: .string(shared.definition.name), .topic: .string(record.topic), .partition: .int(record.partition),
                    .offset: .int(record.offset), .eventID: .string(items[letter.index].eventID ?? ""),
                    .errorCode: .string(letter.cause.kind.rawValue), .reason: .string(letter.cause.reason),
                ])
        }
    }

    private func count(_ result: ConsumerMetrics.Result, _ indices: [Int], _ items: [BatchItem]) {
        var start = 0
        while start < indices.count {
            let topic = items[indices[start]].record.topic
            var end = start + 1
            while end < indices.count, items[indices[end]].record.topic == topic { end += 1 }
            shared.metrics.count(result, topic: topic, end - start)
            start = end
        }
    }

    private func seconds(since time: Int64) -> Double { Double(MonotonicTime.now() - time) / 1e9 }
}
