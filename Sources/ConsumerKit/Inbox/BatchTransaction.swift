internal import Kafka
internal import PostgresClient
internal import ServiceRuntime

/// Runs batches of one consumer on one connection: claim, apply, publish, bury, move the marks, commit. What it decides, it has from
/// ``TransactionPlan``.
///
/// Used by one thread at a time.
final class BatchTransaction {
    enum Ending {
        case committed(BatchTally)
        /// Rolled back: these have to be condemned first.
        case condemned([Int: DeadLetterCause])
        /// Rolled back: too many bad events.
        case halted(reason: String)
    }

    /// What differs between a lane and a command.
    struct Conditions {
        /// The consumer's lock alone instead of shared.
        var isExclusive = false
        /// Applies what is claimed already as if it were fresh.
        var ignoresClaims = false
        /// Applies events of blocked keys as well.
        var ignoresParking = false
        /// Whether what is condemned is recorded and sent; else it only is told.
        var buries = true
    }

    private let consumer: any EventConsumer
    private let parking: ParkingPolicy
    private let usesInbox: Bool
    private let statements: InboxStatements
    private let days: InboxDays
    private let outbox: OutboxWriter
    private let table: DeadLetterTable
    private let letters: LetterBox?
    private let statementTimeout: Int64

    init(consumer: any EventConsumer, settings: ConsumerKitSettings, days: InboxDays, letters: LetterBox?) {
        let definition = consumer.definition
        self.consumer = consumer
        self.days = days
        self.letters = letters
        parking = settings.parking ?? definition.parking
        usesInbox = definition.usesInbox
        statements = InboxStatements(consumer: definition.name)
        outbox = OutboxWriter(table: settings.outboxTable)
        table = DeadLetterTable(consumer: definition.name)
        statementTimeout = settings.statementTimeoutMilliseconds + 5_000
    }

    /// One transaction over `range` of `items`. Rolls back whenever it does not return `committed`.
    ///
    /// - Parameters:
    ///   - condemned: by index.
    ///   - admits: asked before dead letters are recorded, see ``BatchTally/verdicts``; a reason means that the consumer has to stop.
    ///   - marks: the positions that hold once this is committed; asked at the last moment.
    ///   - completing: further statements of the same transaction.
    /// - Throws: why it failed. The connection may be closed then.
    func run(
        _ items: [BatchItem], range: Range<Int>, condemned: [Int: DeadLetterCause], on connection: Connection,
        conditions: Conditions = Conditions(),
        admits: (_ verdicts: [Bool]) -> String? = { _ in nil },
        marks: () -> [(place: TopicPartition, offset: Int64)] = { [] },
        completing: ((EffectTransaction, BatchTally) throws(EffectError) -> Void)? = nil
    ) throws(EffectError) -> Ending {
        if usesInbox { try days.ensure(eventDays(items, range), on: connection) }
        do throws(EffectError) {
            let ending = try attempt(items, range, condemned, connection, conditions, admits, marks, completing)
            if case .committed = ending {} else { rollBack(connection) }
            return ending
        } catch {
            rollBack(connection)
            // A day that was dropped since it was looked for is made again.
            days.forget()
            throw error
        }
    }

    private func rollBack(_ connection: Connection) {
        guard connection.isOpen else { return }
        if (try? connection.execute("ROLLBACK", timeoutMilliseconds: 5_000)) == nil { connection.close() }
    }

    // MARK: One attempt

    private func attempt(
        _ items: [BatchItem], _ range: Range<Int>, _ condemned: [Int: DeadLetterCause], _ connection: Connection,
        _ conditions: Conditions, _ admits: ([Bool]) -> String?, _ marks: () -> [(place: TopicPartition, offset: Int64)],
        _ completing: ((EffectTransaction, BatchTally) throws(EffectError) -> Void)?
    ) throws(EffectError) -> Ending {
        var tally = BatchTally()
        let started = MonotonicTime.now()
        let (plan, fresh) = try claim(items, range, condemned, connection, conditions, &tally)
        let claimed = MonotonicTime.now()
        tally.claim = claimed - started
        tally.passedOver = plan.passedOver
        tally.parked = plan.parked

        let transaction = EffectTransaction(connection, statementTimeoutMilliseconds: statementTimeout)
        let events = fresh.compactMap { items[$0].event }
        if !events.isEmpty { try consumer.apply(events, in: transaction) }
        var causes = tally.deadLetters
        let now = MonotonicTime.wallClockMicroseconds()
        let rejected = rejections(transaction.rejected, items, fresh, now)
        if !rejected.isEmpty {
            let late = TransactionPlan.condemnedTooLate(
                Array(rejected.keys), applied: fresh, parking: conditions.ignoresParking ? .ignore : parking
            ) { items[$0].blockedKey }
            if !late.isEmpty { return .condemned(rejected.filter { late.contains($0.key) }) }
            // Who does not bury leaves no claim behind either.
            if !conditions.buries { return .condemned(rejected) }
            causes += rejected.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
        tally.applied = fresh.filter { rejected[$0] == nil }
        tally.deadLetters = causes
        if causes.contains(where: \.cause.countsAsBad), let reason = admits(tally.verdicts) { return .halted(reason: reason) }

        if let completing { try completing(transaction, tally) }
        do throws(PostgresError) {
            try outbox.write(transaction.messages, on: connection, timeoutMilliseconds: statementTimeout)
        } catch { throw EffectError(error) }
        let applied = MonotonicTime.now()
        tally.apply = applied - claimed

        if conditions.buries { try bury(causes, plan.parked, items, connection) }
        try kit(commit(marks()), connection)
        tally.commit = MonotonicTime.now() - applied
        return .committed(tally)
    }

    /// Begins, and finds out what is fresh. What was claimed before goes to the tally's duplicates.
    private func claim(
        _ items: [BatchItem], _ range: Range<Int>, _ condemned: [Int: DeadLetterCause], _ connection: Connection,
        _ conditions: Conditions, _ tally: inout BatchTally
    ) throws(EffectError) -> (TransactionPlan, fresh: [Int]) {
        var opening = statements.begin(exclusive: conditions.isExclusive)
        var blocked: Set<BlockedKey> = []
        var known: Set<String> = []
        if parking != .ignore, !conditions.ignoresParking {
            let anything = try kit(opening + "; " + statements.anyBlocked, connection)
            opening = ""
            let keys = Set(range.compactMap { items[$0].event == nil ? nil : items[$0].blockedKey })
            if anything.boolean(0, 0) == true, !keys.isEmpty {
                blocked = try readBlocked(keys, connection)
                if usesInbox, !blocked.isEmpty { known = try readKnown(items, range, blocked, connection) }
            }
        }
        let plan = TransactionPlan(
            range: range, condemned: condemned, parking: conditions.ignoresParking ? .ignore : parking, blocked: blocked,
            now: MonotonicTime.wallClockMicroseconds(),
            isEvent: { index in if case .passedOver = items[index].decoded { false } else { true } },
            isKnown: { index in items[index].eventID.map { known.contains($0) } ?? false },
            key: { items[$0].blockedKey })

        // What is to be buried is claimed too: an event that comes again after its burial is known.
        var wanted = plan.apply
        if conditions.buries { wanted += plan.deadLetters.lazy.map(\.index).filter { items[$0].event != nil } }
        guard usesInbox, !wanted.isEmpty else {
            if !opening.isEmpty { try kit(opening, connection) }
            tally.deadLetters = plan.deadLetters
            return (plan, plan.apply)
        }
        let new = try claimed(items, wanted, opening, conditions, connection)
        guard let new, !conditions.ignoresClaims else {
            tally.deadLetters = plan.deadLetters
            return (plan, plan.apply)
        }
        if parking != .ignore, !conditions.ignoresParking { try checkStillBlocked(items, range, blocked, connection) }
        // The first of several with one id is the fresh one.
        var left = new
        var fresh: [Int] = []
        for index in plan.apply {
            guard let id = items[index].eventID, left.remove(id) != nil else {
                tally.duplicates.append(index)
                continue
            }
            fresh.append(index)
        }
        for letter in plan.deadLetters {
            guard conditions.buries, items[letter.index].event != nil, let id = items[letter.index].eventID,
                left.remove(id) == nil
            else {
                tally.deadLetters.append(letter)
                continue
            }
            tally.duplicates.append(letter.index)
        }
        return (plan, fresh)
    }

    /// The ids that were not claimed before; nil when all were new and different.
    private func claimed(
        _ items: [BatchItem], _ wanted: [Int], _ opening: String, _ conditions: Conditions, _ connection: Connection
    ) throws(EffectError) -> Set<String>? {
        let today = CivilDay.number(ofMicroseconds: MonotonicTime.wallClockMicroseconds())
        let events = wanted.compactMap { index in
            items[index].event.map { ($0.id, EventDay.number(occurredAt: $0.occurredAt, today: today)) }
        }
        let sql = statements.claim(events, looksAmongStrays: days.hasStrays)
        let rows = try kit(opening.isEmpty ? sql : opening + "; " + sql, connection)
        guard rows.rowCount < events.count else { return nil }
        var new: Set<String> = []
        new.reserveCapacity(rows.rowCount)
        for row in 0..<rows.rowCount {
            if let id = rows.text(row, 0) { new.insert(id) }
        }
        return new
    }

    private func readBlocked(_ keys: Set<BlockedKey>, _ connection: Connection) throws(EffectError) -> Set<BlockedKey> {
        let rows = try kit(statements.blocked(keys), connection)
        var blocked: Set<BlockedKey> = []
        for row in 0..<rows.rowCount {
            if let topic = rows.text(row, 0), let key = rows.text(row, 1).flatMap({ Hex.bytes($0) }) {
                blocked.insert(BlockedKey(topic: topic, key: key))
            }
        }
        return blocked
    }

    /// A claim that found an event known may have waited for the transaction that claimed it, and that one may have buried it: what of
    /// its key was to be applied has to be parked then. Looked at again by another attempt.
    private func checkStillBlocked(
        _ items: [BatchItem], _ range: Range<Int>, _ blocked: Set<BlockedKey>, _ connection: Connection
    ) throws(EffectError) {
        let keys = Set(range.compactMap { items[$0].event == nil ? nil : items[$0].blockedKey })
        guard !keys.isEmpty, try readBlocked(keys, connection) != blocked else { return }
        throw EffectError(.transient, "a dead letter of a key was written meanwhile")
    }

    private func readKnown(
        _ items: [BatchItem], _ range: Range<Int>, _ blocked: Set<BlockedKey>, _ connection: Connection
    ) throws(EffectError) -> Set<String> {
        let ids = range.compactMap { index -> String? in
            guard let event = items[index].event, let key = items[index].blockedKey, blocked.contains(key) else { return nil }
            return event.id
        }
        guard !ids.isEmpty else { return [] }
        let rows = try kit(statements.known(ids), connection)
        return Set((0..<rows.rowCount).compactMap { rows.text($0, 0) })
    }

    private func rejections(
        _ rejected: [RejectedEvent], _ items: [BatchItem], _ fresh: [Int], _ now: Int64
    ) -> [Int: DeadLetterCause] {
        guard !rejected.isEmpty else { return [:] }
        var causes: [Int: DeadLetterCause] = [:]
        for refusal in rejected {
            let isIt = { (index: Int) in
                items[index].record.offset == refusal.event.offset && items[index].event?.place == refusal.event.place
            }
            guard let index = fresh.first(where: isIt) else { continue }
            causes[index] = DeadLetterCause(.rejected, refusal.reason, firstFailedAt: now, lastFailedAt: now)
        }
        return causes
    }

    // MARK: The end

    /// Records and sends dead letters, and parks. The brokers have the letters before the transaction commits: a crash in between
    /// sends them twice, never not at all.
    private func bury(
        _ causes: [(index: Int, cause: DeadLetterCause)], _ parked: [Int], _ items: [BatchItem], _ connection: Connection
    ) throws(EffectError) {
        if !parked.isEmpty { try table.park(parked.map { (items[$0].record, items[$0].eventID ?? "") }, on: connection) }
        guard !causes.isEmpty else { return }
        let all = causes.map { DeadLetter(record: items[$0.index].record, cause: $0.cause, eventID: items[$0.index].eventID) }
        let new = try EffectError.kit { () throws(PostgresError) in try table.record(all, on: connection) }
        try letters?.send(new)
    }

    private func commit(_ marks: [(place: TopicPartition, offset: Int64)]) -> String {
        // A COMMIT of a transaction that a swallowed error has ended would be answered by ROLLBACK, which is no error: something
        // before it has to fail then.
        (marks.isEmpty ? "SELECT 1" : statements.moveMarks(marks)) + "; COMMIT"
    }

    private func eventDays(_ items: [BatchItem], _ range: Range<Int>) -> Set<Int64> {
        let today = CivilDay.number(ofMicroseconds: MonotonicTime.wallClockMicroseconds())
        var found: Set<Int64> = []
        var last = Int64.min
        for index in range {
            guard let event = items[index].event else { continue }
            let day = EventDay.number(occurredAt: event.occurredAt, today: today)
            if day != last { found.insert(day) }
            last = day
        }
        return found
    }

    @discardableResult
    private func kit(_ sql: String, _ connection: Connection) throws(EffectError) -> QueryResult {
        try EffectError.kit { () throws(PostgresError) in
            try connection.execute(sql, timeoutMilliseconds: statementTimeout)
        }
    }
}
