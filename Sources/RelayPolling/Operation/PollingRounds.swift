import PostgresClient
import RelayCore
import ServiceRuntime
import Telemetry

/// The rounds of one session: gets in, claims, publishes, marks. Ends only by throwing.
final class PollingRounds {
    /// Between two tries of a lock that somebody else has, in ms.
    private static let lockRetryMilliseconds: Int64 = 500
    /// After a relay that streamed has gone: it calls back what it has under way within this time, in ms.
    private static let formerOwnerMilliseconds: Int64 = 3_000
    /// Between two looks at the other publishers while there is work, in ns.
    private static let peerInterval: Int64 = 300_000_000
    /// Between two counts of unpublished rows, in ns.
    private static let countInterval: Int64 = 5_000_000_000

    private let relay: PollingRelay
    private let session: PollingSession
    private let yield: StopSignal
    private var publisher: BatchPublisher
    /// Of the last batch, written with the next claim.
    private var marks = ""
    private var markedRows = 0
    private var pace: ClaimPace
    private var share: FairShare?
    private var peersAt: Int64 = 0
    private var countedAt: Int64 = 0
    private var countPause: Int64 = 0
    /// When what is under way has to be finished, monotonic ns; set once somebody waits for it.
    private var graceUntil: Int64?
    private var steadySince = MonotonicTime.now()

    init(_ relay: PollingRelay, _ session: PollingSession, _ yield: StopSignal) throws(PollingInterruption) {
        self.relay = relay
        self.session = session
        self.yield = yield
        pace = ClaimPace(limit: relay.polling.batchSize, bytes: relay.options.inFlightBytes)
        if let known = relay.publisher {
            publisher = known
        } else {
            publisher = try BatchPublisher(
                options: relay.options, maxAttempts: relay.polling.maxAttempts, state: relay.state, metrics: relay.metrics,
                logger: relay.logger)
            relay.publisher = publisher
        }
    }

    func run() throws(PollingInterruption) -> Never {
        let findings = try session.describe()
        guard findings.isEmpty else { throw .failed(findings) }
        try writeWhatIsLeft()
        try getIn()
        do throws(PollingInterruption) {
            while true { try round() }
        } catch {
            keepMarks(error)
            throw error
        }
    }

    /// What the former session published and could not mark: before anybody takes these rows over and publishes them again.
    private func writeWhatIsLeft() throws(PollingInterruption) {
        guard !relay.unwritten.isEmpty else { return }
        try postgres { () throws(PostgresError) in try session.write(relay.unwritten) }
        relay.metrics.bookkeepingRows.add(relay.unwrittenRows)
        relay.unwritten = ""
        relay.unwrittenRows = 0
    }

    private func keepMarks(_ interruption: PollingInterruption) {
        guard !marks.isEmpty else { return }
        do throws(PostgresError) {
            guard session.connection.isOpen else { throw PostgresError(kind: .connection, message: "closed") }
            try session.write(marks)
            relay.metrics.bookkeepingRows.add(markedRows)
        } catch {
            relay.unwritten += marks
            relay.unwrittenRows += markedRows
        }
        marks = ""
        markedRows = 0
    }

    // MARK: Getting in

    private func getIn() throws(PollingInterruption) {
        var hadToWait = false
        while !(try ask { () throws(PostgresError) in try session.share() }) {
            if !hadToWait {
                relay.logger.info("standing by: another instance streams from the slot", [.slot: .string(relay.options.slotName)])
            }
            hadToWait = true
            relay.enter(.standby)
            try pause(milliseconds: Self.lockRetryMilliseconds)
        }
        var isReported = false
        while let other = try ask({ () throws(PostgresError) in try session.join() }) {
            if !isReported {
                relay.logger.error(
                    "standing by: other publishers work with another number of shards",
                    [.count: .int(other), .setting: "polling.shards", .remedy: "give all publishers the same polling.shards"])
            }
            isReported = true
            relay.enter(.standby)
            try pause(milliseconds: Self.lockRetryMilliseconds + Int64.random(in: 0...200))
        }
        if hadToWait { try pause(milliseconds: Self.formerOwnerMilliseconds) }
        if let finding = try ask({ () throws(PostgresError) in try session.invalidateCheckpoint() }) { throw .failed([finding]) }
        let peers = try ask { () throws(PostgresError) in try session.peers() }
        share = FairShare(shards: relay.polling.shards, publishers: peers.publishers, owned: [], held: peers.held)
        try rebalance()
        relay.logger.info(
            "polling",
            [
                .table: .string("\(relay.options.table)"), .host: .string(relay.state.snapshot.server),
                .serverVersion: .int(relay.state.snapshot.serverVersion), .count: .int(session.ownedShards.count),
            ])
    }

    private func rebalance() throws(PollingInterruption) {
        guard let share, !share.isFair else { return }
        self.share = nil
        // The rows of a shard have to be marked before it is another publisher's.
        if !marks.isEmpty {
            try postgres { () throws(PostgresError) in try session.write(marks) }
            marksWritten()
        }
        let before = session.ownedShards
        try postgres { () throws(PostgresError) in
            if !share.surplus.isEmpty { try session.giveUp(share.surplus) }
            if share.wanted > 0 { _ = try session.take(share.wanted) }
        }
        let now = session.ownedShards
        relay.state.update { $0.shardsOwned = now.count }
        if now != before { relay.logger.debug("shards of the keys are shared anew", [.count: .int(now.count)]) }
    }

    // MARK: A round

    private func round() throws(PollingInterruption) {
        try relay.checkSignals(yield)
        try rebalance()
        _ = session.connection.takeNotifications()
        let began = MonotonicTime.now()
        let asksPeers = began - peersAt >= min(Self.peerInterval, relay.polling.intervalMilliseconds * 1_000_000 / 2)
        let asksPending = began - countedAt >= countPause
        let limit = pace.limit
        let batch = try session.claim(
            marks, limit: limit, bytes: relay.options.inFlightBytes, asksPeers: asksPeers, asksPending: asksPending)
        let ended = MonotonicTime.now()
        marksWritten()
        if asksPending {
            countedAt = ended
            // Counting a large backlog must not become the work itself.
            countPause = max(batch.pending == 0 || batch.count > 0 ? Self.countInterval : 1_000_000_000, 50 * (ended - began))
        }
        succeeded(batch, limit: limit, at: ended)
        guard batch.isFree else { throw .yield(reason: "another instance is to stream from the slot") }
        if let publishers = batch.publishers, let held = batch.held {
            peersAt = ended
            let fair = FairShare(
                shards: relay.polling.shards, publishers: publishers, owned: session.ownedShards, held: held)
            share = fair
            relay.state.update { $0.publishers = publishers }
        }
        if batch.count > 0 {
            try publish(batch)
        } else if share?.isFair ?? true {
            try idle(batch, took: ended - began)
        } else {
            // Shards change hands: somebody may be slower than we in letting go.
            try rebalance()
            try pause(milliseconds: 50)
        }
    }

    private func succeeded(_ batch: ClaimedBatch, limit: Int, at now: Int64) {
        let isCaughtUp = batch.isFree && batch.candidates < limit
        let isEmpty = batch.isFree && batch.candidates == 0 && batch.blocked == 0
        // Who owns all shards has just seen all rows.
        let pending = batch.pending ?? (isEmpty && session.ownedShards.count == relay.polling.shards ? 0 : nil)
        relay.state.update { fields in
            fields.pollingRoundAt = now
            if isCaughtUp { fields.pollingCaughtUpAt = now }
            if let pending { fields.pendingRows = pending }
            fields.lastProblem = ""
        }
        relay.state.turned(at: now)
        if let pending { relay.metrics.tablePending.set(Double(pending)) }
        relay.enter(.polling)
        relay.hasPolled = true
        relay.isTroubleReported = false
        if now - steadySince > 5_000_000_000 { relay.backoff.reset() }
    }

    private func publish(_ batch: ClaimedBatch) throws(PollingInterruption) {
        let began = MonotonicTime.now()
        let count = batch.count
        relay.state.update { fields in
            fields.oldestOpenedAt = began
            fields.openEvents = count
        }
        relay.metrics.inFlightEvents.set(Double(count))
        defer {
            relay.state.update { fields in
                fields.oldestOpenedAt = nil
                fields.openEvents = 0
            }
            relay.metrics.inFlightEvents.set(0)
        }
        pace.note(rows: count, bytes: batch.payloadBytes)
        graceUntil = nil
        try publisher.publish(batch) { () throws(PollingInterruption) in try self.waitForProgress() }
        let outcome = publisher.outcome
        marks = session.marks?.sql(outcome) ?? ""
        markedRows = outcome.number { $0 == .delivered }
        let published = markedRows
        relay.state.update { $0.finishedEvents += UInt64(published) }
    }

    private func marksWritten() {
        guard !marks.isEmpty else { return }
        relay.metrics.bookkeepingRows.add(markedRows)
        marks = ""
        markedRows = 0
    }

    // MARK: Waiting

    /// Until rows may be there: a notification, or the interval. A claim that was slow for nothing is not repeated at once.
    private func idle(_ batch: ClaimedBatch, took: Int64) throws(PollingInterruption) {
        var wait = relay.polling.intervalMilliseconds
        // Keys are held back, for a time that ends soon.
        if batch.blocked > 0 { wait = min(wait, session.hasUnsettledShards(at: MonotonicTime.now()) ? 250 : 1_000) }
        try pause(milliseconds: max(wait, 5 * took / 1_000_000), wakesByNotification: true)
    }

    /// Waits and watches the session, `stop` and `yield`.
    private func pause(milliseconds: Int64, wakesByNotification: Bool = false) throws(PollingInterruption) {
        let until = MonotonicTime.now() + milliseconds * 1_000_000
        let name = "\(relay.options.table.schema).\(relay.options.table.name)"
        while true {
            try relay.checkSignals(yield)
            // Those that came with an answer are behind what the claim saw.
            if wakesByNotification, session.connection.takeNotifications().contains(name) { return }
            let now = MonotonicTime.now()
            guard now < until else { return }
            relay.state.turned(at: now)
            let found = try? waitReadable(
                [
                    PollTarget(session.connection.fileDescriptor), PollTarget(relay.stop.fileDescriptor),
                    PollTarget(yield.fileDescriptor),
                ], timeoutMilliseconds: min(1_000, (until - now + 999_999) / 1_000_000))
            if let found, !found[0].isEmpty, let failure = session.connection.idleFailure() { throw .postgres(failure) }
            try postgres { () throws(PostgresError) in try session.keepAlive() }
        }
    }

    /// While a batch is under way: waits for its reports, and gives it up when the session is gone or somebody has waited enough.
    private func waitForProgress() throws(PollingInterruption) {
        let now = MonotonicTime.now()
        relay.state.turned(at: now)
        let isEnding = relay.stop.isSet || yield.isSet
        if isEnding, graceUntil == nil {
            let grace = relay.stop.isSet ? relay.options.drainTimeoutMilliseconds : PollingRelay.yieldMilliseconds
            graceUntil = now + grace * 1_000_000
        }
        if let graceUntil, now >= graceUntil { try relay.checkSignals(yield) }
        var targets = [PollTarget(publisher.reports.progress.fileDescriptor), PollTarget(session.connection.fileDescriptor)]
        if !isEnding { targets += [PollTarget(relay.stop.fileDescriptor), PollTarget(yield.fileDescriptor)] }
        let left = graceUntil.map { max(1, ($0 - now) / 1_000_000) } ?? 250
        let found = try? waitReadable(targets, timeoutMilliseconds: min(250, left))
        publisher.reports.progress.drain()
        if let found, !found[1].isEmpty, let failure = session.connection.idleFailure() { throw .postgres(failure) }
        try postgres { () throws(PostgresError) in try session.keepAlive() }
    }

    private func ask<Value>(_ body: () throws(PostgresError) -> Value) throws(PollingInterruption) -> Value {
        do throws(PostgresError) { return try body() } catch { throw .postgres(error) }
    }

    private func postgres(_ body: () throws(PostgresError) -> Void) throws(PollingInterruption) {
        do throws(PostgresError) { try body() } catch { throw .postgres(error) }
    }
}
