import CommandLineKit
import OutboxModel
import PostgresClient
import RelayCore
public import ServiceRuntime

/// `replay`: publishes rows again on purpose, in insertion order, with the same event id and a header that says so. The rows are not
/// touched. One thread's.
public final class Replay {
    private static let namedFailures = 1_000

    private let session: OperatorSession
    private let selection: ReplaySelection
    private let stop: StopSignal
    private let table: OutboxTable
    private let hasStatus: Bool

    private struct Count {
        var rows = 0
        /// Rows that were never published: the relay will do it, or they are dead letters.
        var unpublished = 0
        var otherTopics = 0
        var topics: [String: Int] = [:]
    }

    public init(_ session: OperatorSession, _ selection: ReplaySelection, stop: StopSignal) throws(OperationError) {
        self.session = session
        self.selection = selection
        self.stop = stop
        table = try OutboxTable(session)
        hasStatus = table.has(.status) && session.options.afterPublish != .keep
    }

    /// Counts what would be published, by topic.
    public func plan(progress: @escaping (String) -> Void) throws(OperationError) -> PlannedChange {
        var count = Count()
        var found: Set<String> = []
        let namesRows = if case .ids = selection.choice { true } else { false }
        try read(columns: table.routeColumns, composer: RowComposer(session.options, format: .payload), isOrdered: false) {
            row, composer throws(OperationError) in
            count.rows += 1
            if count.rows & 0x3FFF == 0 { progress("\(Quantity.count(count.rows)) rows counted") }
            if namesRows { found.insert(row.text(0, 0) ?? "") }
            guard isPublished(row) else {
                count.unpublished += 1
                return
            }
            var topic: String?
            _ = try composer.route(row) { id, _, _ in topic = composer.topicName(id) }
            guard let topic, selection.topic == nil || topic == selection.topic else {
                count.otherTopics += 1
                return
            }
            count.topics[topic, default: 0] += 1
        }
        if case .ids(let ids) = selection.choice {
            let missing = ids.filter { !found.contains($0) && !found.contains($0.lowercased()) }
            guard missing.isEmpty else {
                throw OperationError("not in \(table.name.shown): \(missing.prefix(20).joined(separator: ", "))")
            }
        }
        let total = count.topics.values.reduce(0, +)
        var notes = count.topics.sorted { $0.key < $1.key }.map { "\(Quantity.count($0.value)) to \($0.key)" }
        if count.unpublished > 0 {
            notes.append(
                "\(Quantity.count(count.unpublished)) are not published yet and are left out: the relay does it, or outbox-relay dlq retry"
            )
        }
        if count.otherTopics > 0 {
            notes.append("\(Quantity.count(count.otherTopics)) go to other topics, or to none, and are left out")
        }
        if !hasStatus { notes.append("no status tells which rows were published: all of them count as published") }
        if table.order == nil { notes.append("the table has neither seq nor created_at: they go in no order") }
        if total == 0 { notes.append("nothing will be published") }
        return PlannedChange(
            action: "replay", object: "rows of \(table.name.shown)",
            sentence:
                "Publish \(Quantity.count(total)) row\(total == 1 ? "" : "s")\(selection.words) again, with the same event ids",
            destroys: total > 0, notes: notes,
            perform: { () throws(OperationError) in
                guard total > 0 else { return PlannedChange.Result("nothing was published", [.init("published", 0)]) }
                return try self.perform(total, progress)
            })
    }

    private func perform(_ total: Int, _ progress: (String) -> Void) throws(OperationError) -> PlannedChange.Result {
        let sender = try EventSender(session.options, isGapless: true, stop: stop)
        let time = TimePoint.text(MonotonicTime.wallClockMicroseconds())
        // Ids by tag, of what may still be unacknowledged.
        var handed: [UInt: String] = [:]
        // As many as are named; the others are counted.
        var rejected: [(id: String, reason: String)] = []
        var rejectedCount = 0
        func reject(_ id: String, _ reason: String) {
            rejectedCount += 1
            if rejected.count < Self.namedFailures { rejected.append((id, reason)) }
        }
        var sent: UInt = 0
        do throws(OperationError) {
            try read(columns: table.eventColumns, composer: RowComposer(session.options), isOrdered: true) {
                row, composer throws(OperationError) in
                guard isPublished(row) else { return }
                switch try composer.message(row) {
                case .failure(let rejection):
                    reject(row.text(0, 0) ?? "", "\(rejection.code.rawValue): \(rejection.message)")
                case .success(var message):
                    guard selection.topic == nil || message.topic == selection.topic else { return }
                    message.mark(EventMarker.replayedAt, time)
                    if let reason = sender.refusal(of: message) {
                        reject(message.eventID, reason)
                        return
                    }
                    handed[sent] = message.eventID
                    guard try sender.send(message, tag: sent) else { throw OperationError("publishing ended early") }
                    sent += 1
                    if handed.count > 100_000 { handed = handed.filter { $0.key + 50_000 > sent } }
                    if sent & 0xFF == 0 {
                        progress("\(Quantity.count(sent)) of \(Quantity.count(total)) published, \(sender.outstanding) in flight")
                    }
                }
            }
        } catch {
            // What was handed over is waited for and counted, also when the reading ended early.
            guard stop.isSet || sender.hasFailed else { throw error }
        }
        progress("waiting for acknowledgements")
        let failures = sender.settle(callsBackRest: true)
        let failed = rejected + failures.map { (handed[$0.tag] ?? "?", $0.reason) }
        let done = Int(sent) - failures.count { $0.tag < sent }
        return result(done: done, failed: failed, count: rejectedCount + failures.count, isStopped: stop.isSet)
    }

    private func result(done: Int, failed: [(id: String, reason: String)], count: Int, isStopped: Bool) -> PlannedChange.Result {
        var text = "\(Quantity.count(done)) published and acknowledged"
        if isStopped { text += ", then stopped" }
        if count > 0 { text += "; \(Quantity.count(count)) failed:" }
        for failure in failed.prefix(20) { text += "\n  \(failure.id)  \(TerminalText.printable(failure.reason))" }
        if count > 20 { text += "\n  and \(Quantity.count(count - 20)) more" }
        return PlannedChange.Result(
            text,
            [
                .init("published", JSONValue(done)), .init("stopped", JSONValue(isStopped)),
                .init("failed_count", JSONValue(count)),
                .init(
                    "failed",
                    .array(
                        failed.prefix(Self.namedFailures).map { ["event_id": JSONValue($0.id), "reason": JSONValue($0.reason)] })),
            ], isFailed: count > 0 || isStopped)
    }

    /// A row whose status is unknown counts as published: whoever replays it says so.
    private func isPublished(_ row: QueryResult) -> Bool {
        !hasStatus || row.text(0, row.columnCount - 1) == "PUBLISHED"
    }

    private func read(
        columns: String, composer: RowComposer, isOrdered: Bool,
        _ body: (QueryResult, RowComposer) throws(OperationError) -> Void
    ) throws(OperationError) {
        let status = hasStatus ? "\(table.column(.status) ?? "NULL")::text" : "NULL::text"
        let order = isOrdered ? table.order.map { " ORDER BY \($0)" } ?? "" : ""
        let statement =
            "SELECT \(columns), \(status) AS \"row status\" FROM \(table.name.quoted) WHERE \(try selection.condition(table))\(order)"
        let connection = try attempt("connecting to Postgres") { () throws(PostgresError) in
            try Connection.open(session.options.postgres, stop: stop)
        }
        connection.cancelsOnStop = true
        _ = try connection.forEachRow(
            statement, timeoutMilliseconds: 600_000, failure: { OperationError("reading \(self.table.name.shown): \($0)") }
        ) { row throws(OperationError) in
            try body(row, composer)
        }
    }
}
