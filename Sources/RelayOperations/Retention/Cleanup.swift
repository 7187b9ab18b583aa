import CommandLineKit
import PostgresClient
import RelayCore
public import ServiceRuntime

/// `cleanup`: removes rows that are published and old.
public struct Cleanup {
    private let session: OperatorSession
    private let run: RetentionRun
    private let stop: @Sendable () -> Bool
    private let stopDescriptor: Int32

    /// Looks at the table. Throws a sentence why nothing may be removed from it.
    ///
    /// - Parameters:
    ///   - batchSize: rows looked at in one statement.
    ///   - stop: set by Ctrl-C; the batch under way is finished.
    public init(
        _ session: OperatorSession, ages: RetentionAges, batchSize: Int, stop: StopSignal
    ) throws(OperationError) {
        self.session = session
        run = try RetentionRun(session, ages: ages, batchSize: batchSize)
        self.stop = { stop.isSet }
        stopDescriptor = stop.fileDescriptor
    }

    /// - Parameter progress: called with a line of text as it goes on.
    public func plan(progress: @escaping (String) -> Void) throws(OperationError) -> PlannedChange {
        progress("counting what can be removed ...")
        let limits = try run.limits(isStopped: stop)
        let found = try run.preview(limits)
        let table = session.options.table
        let count = found.rows.map { "\(Quantity.count($0)) row\($0 == 1 ? "" : "s")" } ?? "the rows"
        var notes: [String] = []
        if let limit = limits.published {
            notes.append(
                run.rule.needsProof
                    ? "rows created before \(limit), of transactions that the relay has confirmed" : "PUBLISHED before \(limit)")
        }
        if let limit = limits.dead { notes.append("DEAD, and older than \(limit)") }
        if found.rows == nil { notes.append("they could not be counted within a minute") }
        for partition in found.partitions {
            notes.append("the partition \(partition.name) goes as a whole, with \(Quantity.count(partition.rows)) rows")
        }
        let statements =
            found.partitions.map { "DROP TABLE \($0.name)" }
            + ["DELETE FROM \(table.quoted) WHERE \(run.rule.condition(limits)) -- in batches of \(run.batchSize)"]
        return PlannedChange(
            action: "cleanup", object: "table \(table.shown)", sentence: "Remove \(count) of \(table.shown)", destroys: true,
            notes: notes, statements: statements,
            perform: { () throws(OperationError) in try self.perform(limits, found.rows, progress) })
    }

    private func perform(
        _ limits: RetentionLimits, _ expected: Int64?, _ progress: @escaping (String) -> Void
    ) throws(OperationError) -> PlannedChange.Result {
        let descriptor = stopDescriptor
        let total = expected.map { " of \(Quantity.count($0))" } ?? ""
        let outcome = try run.perform(
            limits, isStopped: stop,
            pause: { _ = try? waitReadable([PollTarget(descriptor)], timeoutMilliseconds: $0) },
            progress: { progress("removed \(Quantity.count($0.rows))\(total) rows") })
        let partitions =
            outcome.partitions.isEmpty
            ? ""
            : ", with \(outcome.partitions.count) whole partitions: "
                + outcome.partitions.joined(separator: ", ")
        let removed = "\(Quantity.count(outcome.rows)) rows removed\(partitions)"
        if outcome.isInterrupted { throw OperationError("interrupted; \(removed) until then") }
        return PlannedChange.Result(
            removed + outcome.notes.map { "\nnote: \($0)" }.joined(),
            [
                .init("rows", JSONValue(outcome.rows)),
                .init("partitions", .array(outcome.partitions.map { JSONValue($0) })),
                .init("remarks", .array(outcome.notes.map { JSONValue($0) })),
            ])
    }
}
