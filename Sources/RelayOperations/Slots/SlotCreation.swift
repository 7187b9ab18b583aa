import ByteCoding
import CommandLineKit
import PostgresClient
import PostgresReplication
import RelayCore
public import ServiceRuntime

/// `slot create`: a pgoutput slot at the end of WAL, after the publication that it is read through.
public struct SlotCreation {
    private let session: OperatorSession
    private let waitSeconds: Int?
    private let stop: StopSignal

    /// - Parameters:
    ///   - waitSeconds: how long open transactions are waited for; nil without end.
    ///   - stop: set by Ctrl-C; the creation is then cancelled on the server, and no slot is left.
    public init(_ session: OperatorSession, waitSeconds: Int?, stop: StopSignal) {
        self.session = session
        self.waitSeconds = waitSeconds
        self.stop = stop
    }

    /// - Parameter progress: called about twice a second with a line of text while the server waits.
    public func plan(progress: @escaping (String) -> Void) throws(OperationError) -> PlannedChange {
        let options = session.options
        if options.slotFailover { try SlotFailover.requireSupport(session) }
        if let slot = try session.slot() {
            throw OperationError(
                "the slot \(slot.name) exists already, at \(slot.confirmedFlushLSN.map { "\($0)" } ?? "no position")")
        }
        guard let publication = try session.publication() else {
            throw OperationError(
                "the publication \(options.publicationName) does not exist, and a slot made before its publication cannot be "
                    + "streamed through it: outbox-relay publication create")
        }
        let table = try session.table()
        let flaw = StartupChecks.publicationFindings(publication, table: table, options: options).first { $0.severity == .fail }
        if let flaw { throw OperationError("\(flaw.object): \(flaw.fact); first: \(flaw.remedy)") }
        if let checkpoint = try session.checkpoint(), checkpoint.phase == .streaming {
            throw OperationError(
                "a checkpoint says that the slot \(options.slotName) was streamed up to \(checkpoint.endLSN); a new slot would begin "
                    + "after what came since. To publish that from the table: outbox-relay checkpoint reset, then run (it makes the "
                    + "slot itself). To leave it out: checkpoint reset, then slot create")
        }
        var notes = ["it waits until every transaction that is open now has ended"]
        if let pending = try Backlog.read(session).pendingText, pending != "0" {
            notes.append(
                "\(pending) rows of \(options.table) are unpublished; the slot begins after them and will not stream them. "
                    + "`run` without a slot publishes them first")
        }
        let failover = options.slotFailover ? ", failover => true" : ""
        let sql =
            "SELECT lsn FROM pg_catalog.pg_create_logical_replication_slot("
            + "\(quotedLiteral(options.slotName)), 'pgoutput'\(failover))"
        return PlannedChange(
            action: "slot.create", object: "slot \(options.slotName)", sentence: "Create the slot \(options.slotName)",
            notes: notes,
            statements: [sql],
            perform: { () throws(OperationError) in try self.create(sql, progress) })
    }

    private func create(_ sql: String, _ progress: (String) -> Void) throws(OperationError) -> PlannedChange.Result {
        let name = session.options.slotName
        let statement = CancellableStatement(session.options.postgres, timeoutSeconds: waitSeconds, stop: stop)
        let outcome = try statement.run(sql, doing: "creating the slot \(name)", observer: session.connection) { seconds in
            if let line = waitingFor(seconds) { progress(line) }
        }
        switch outcome {
        case .done(let position):
            return PlannedChange.Result(
                "slot \(name) created; its stream begins at \(position ?? "its position")",
                [.init("slot", JSONValue(name)), .init("consistent_lsn", JSONValue(position))])
        case .stopped: throw OperationError("interrupted; \(try leftover())")
        case .timedOut:
            throw OperationError(
                "open transactions did not end within \(waitSeconds ?? 0) s (oldest: \(oldestTransaction() ?? "unknown")); "
                    + (try leftover()))
        }
    }

    private func leftover() throws(OperationError) -> String {
        try session.slot() == nil
            ? "no slot was left behind" : "the slot \(session.options.slotName) is there: outbox-relay slot drop"
    }

    private func waitingFor(_ seconds: Double) -> String? {
        guard seconds >= 0.5 else { return nil }
        return "creating the slot, \(Int(seconds)) s; waiting for open transactions"
            + (oldestTransaction().map { ", the oldest: \($0)" } ?? "")
    }

    private func oldestTransaction() -> String? {
        let result = try? session.connection.execute(
            """
            SELECT pid, extract(epoch FROM now() - xact_start), application_name FROM pg_catalog.pg_stat_activity \
            WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 1
            """)
        guard let result, result.rowCount == 1, let pid = result.text(0, 0) else { return nil }
        let age = result.text(0, 1).flatMap { Double($0) }.map { ", " + Quantity.duration(seconds: $0) } ?? ""
        let name = result.text(0, 2).flatMap { $0.isEmpty ? nil : " (\(TerminalText.printable($0)))" } ?? ""
        return "pid \(pid)\(name)\(age)"
    }
}
