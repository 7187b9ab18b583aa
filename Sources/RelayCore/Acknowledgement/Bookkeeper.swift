public import ByteCoding
import Glibc
public import PostgresClient
public import ServiceRuntime
import Synchronization
public import Telemetry

/// Commits what follows a publication: marks or deletes the published rows in batches, and stores the checkpoint.
///
/// Runs on a thread and a connection of its own, so that a lock on the table holds up neither reading nor delivery. Whatever
/// fails is kept and tried again: until then the units stay unfinished and their position unconfirmed.
public final class Bookkeeper: Sendable {
    /// Rows of one statement: enough to amortise a commit, few enough to hold row locks for milliseconds.
    private static let batchRows = 4_000
    /// How long rows are collected before they are written, in ms. Nothing waits for it but the confirmed position.
    private static let collectMilliseconds: Int64 = 25
    /// Between two looks for rows that are not visible yet, in ms.
    private static let visibilityMilliseconds: Int64 = 5
    /// Rows that stay invisible for longer, in ns, may be waiting for us.
    private static let suspiciousInvisibility: Int64 = 500_000_000

    private struct Shared {
        var template: Checkpoint
        var stored: LSN
        var isFailing = false
        var isFinal = false
    }

    private let settings: ConnectionSettings
    private let statements: BookkeepingStatements
    private let store: CheckpointStore
    private let ledger: AckLedger
    private let metrics: RelayMetrics
    private let logger: Logger
    private let stop: StopSignal
    private let wakeUp: EventFD
    private let done: StopSignal
    private let shared: Mutex<Shared>
    private let thread = Mutex<OwnedThread?>(nil)

    /// - Parameter checkpoint: as stored; its phase and position are kept up from here on.
    public init(
        settings: ConnectionSettings, statements: BookkeepingStatements, store: CheckpointStore, checkpoint: Checkpoint,
        ledger: AckLedger, metrics: RelayMetrics, logger: Logger
    ) throws(SystemError) {
        self.settings = settings
        self.statements = statements
        self.store = store
        self.ledger = ledger
        self.metrics = metrics
        self.logger = logger
        stop = try StopSignal()
        wakeUp = try EventFD()
        done = try StopSignal()
        shared = Mutex(Shared(template: checkpoint, stored: checkpoint.endLSN))
    }

    public func start() throws(SystemError) {
        let started = try OwnedThread.start(name: "bookkeeper") { self.run() }
        thread.withLock { $0 = started }
    }

    /// The position that is stored, and may therefore be told to the server.
    public var storedLSN: LSN { shared.withLock { $0.stored } }

    /// Whether the last attempt to write failed.
    public var isFailing: Bool { shared.withLock { $0.isFailing } }

    /// From now on positions are stored: the snapshot, if there was one, is published.
    public func beginStreaming() {
        shared.withLock { $0.template.phase = .streaming }
        wakeUp.signal()
    }

    /// Writes what is due and the last checkpoint, then ends; at the latest at `deadline` (monotonic ns).
    public func finish(until deadline: Int64) {
        shared.withLock { $0.isFinal = true }
        wakeUp.signal()
        let left = max(0, (deadline - MonotonicTime.now()) / 1_000_000)
        _ = try? waitReadable([PollTarget(done.fileDescriptor)], timeoutMilliseconds: left)
        stop.set()
        thread.withLock { $0 }?.join()
    }

    // MARK: The thread

    private func run() {
        var connection: Connection?
        var pending: [RowBatch] = []
        // Rows that become visible only once their position is confirmed.
        var deferred: [RowBatch] = []
        var backoff = Backoff(initial: 100, maximum: 5_000)
        var policy = CheckpointPolicy(stored: storedLSN, now: MonotonicTime.now())
        while !stop.isSet {
            let isFinal = shared.withLock { $0.isFinal }
            if pending.isEmpty { pending = ledger.takeDueRows(limit: Bookkeeper.batchRows) }
            let checkpoint = dueCheckpoint(policy, isFinal: isFinal)
            if pending.isEmpty, checkpoint == nil, deferred.isEmpty || isFinal {
                if isFinal { break }
                waitForWork()
                continue
            }
            do throws(PostgresError) {
                let live: Connection
                if let connection { live = connection } else { live = try open() }
                connection = live
                if try !write(pending, checkpoint, on: live) {
                    if try waitUntilVisible(pending, on: live) {
                        // Whatever is not there now was deleted by somebody else.
                        _ = try write(pending, nil, on: live)
                    } else {
                        deferred += pending
                    }
                }
                ledger.settle(pending.map(\.unit))
                pending = []
                if let checkpoint {
                    policy.wrote(checkpoint.endLSN, finishedEvents: checkpoint.finished, at: MonotonicTime.now())
                    shared.withLock { $0.stored = checkpoint.endLSN }
                    ledger.progress.signal()
                }
                if pending.isEmpty, !deferred.isEmpty, !isFinal, try waitUntilVisible(deferred, on: live) {
                    _ = try write(deferred, nil, on: live)
                    deferred = []
                }
                succeeded(&backoff)
            } catch {
                if error.isConnectionLoss || connection?.isOpen == false { connection = nil }
                failed(error)
                let delay = backoff.next(random: Double.random(in: 0..<1))
                _ = try? waitReadable([PollTarget(stop.fileDescriptor)], timeoutMilliseconds: isFinal ? min(delay, 200) : delay)
            }
        }
        done.set()
    }

    private struct DueCheckpoint {
        let endLSN: LSN
        let finished: UInt64
        let record: Checkpoint
    }

    private func dueCheckpoint(_ policy: CheckpointPolicy, isFinal: Bool) -> DueCheckpoint? {
        var record = shared.withLock { $0.template }
        guard record.phase == .streaming else { return nil }
        let view = ledger.view
        guard
            policy.isDue(
                confirmed: view.confirmed, finishedEvents: view.confirmedEvents, at: MonotonicTime.now(), isFinal: isFinal)
        else { return nil }
        record.endLSN = view.confirmed
        record.events += view.confirmedEvents
        return DueCheckpoint(endLSN: view.confirmed, finished: view.confirmedEvents, record: record)
    }

    /// Returns when rows are due or a checkpoint may be.
    private func waitForWork() {
        let targets = [
            PollTarget(ledger.bookkeeping.fileDescriptor), PollTarget(wakeUp.fileDescriptor), PollTarget(stop.fileDescriptor),
        ]
        let found = try? waitReadable(targets, timeoutMilliseconds: 500)
        wakeUp.drain()
        guard let found, !found[0].isEmpty else { return }
        ledger.bookkeeping.drain()
        _ = try? waitReadable(Array(targets[1...]), timeoutMilliseconds: Bookkeeper.collectMilliseconds)
        wakeUp.drain()
    }

    private func open() throws(PostgresError) -> Connection { try Connection.open(settings, stop: stop) }

    /// Returns whether every row was found.
    private func write(
        _ batches: [RowBatch], _ checkpoint: DueCheckpoint?, on connection: Connection
    ) throws(PostgresError) -> Bool {
        let rows = batches.filter { $0.publishedCount > 0 }
        let dead = batches.flatMap(\.dead)
        var missing = 0
        try connection.transaction { () throws(PostgresError) in
            if !rows.isEmpty, let statement = statements.published {
                var literal: [UInt8] = []
                literal.reserveCapacity(rows.reduce(2) { $0 + $1.published.count + 1 })
                literal.append(UInt8(ascii: "{"))
                for (index, batch) in rows.enumerated() {
                    if index > 0 { literal.append(UInt8(ascii: ",")) }
                    literal.append(contentsOf: batch.published)
                }
                literal.append(UInt8(ascii: "}"))
                let result = try connection.execute(statement, [.bytes(literal)])
                metrics.bookkeepingRows.add(result.affectedRows)
                missing += rows.reduce(0) { $0 + $1.publishedCount } - result.affectedRows
            }
            if let statement = statements.dead {
                for row in dead {
                    let parameters: [QueryParameter] =
                        statements.deadTakesReason ? [.text(row.id), .text(row.reason)] : [.text(row.id)]
                    missing += 1 - (try connection.execute(statement, parameters)).affectedRows
                }
            }
            if let checkpoint { try store.advance(checkpoint.record, on: connection) }
        }
        return missing <= 0
    }

    /// Waits until other sessions see the rows: the stream brings a transaction a moment before its backend has ended it.
    ///
    /// Returns false when they will not be seen before their position is confirmed: the relay is a synchronous standby, and their
    /// commit waits for it. They have to be settled first then and marked later, else every commit of the database would hang.
    private func waitUntilVisible(_ batches: [RowBatch], on connection: Connection) throws(PostgresError) -> Bool {
        let transactions = Set(batches.compactMap(\.transaction))
        let suspicious = MonotonicTime.now() + Self.suspiciousInvisibility
        while true {
            let text = try connection.execute("SELECT pg_current_snapshot()").scalar ?? ""
            guard let snapshot = TransactionSnapshot(text) else {
                throw PostgresError(kind: .protocolViolation, message: "the snapshot \(text) cannot be read")
            }
            if transactions.allSatisfy({ snapshot.hasEnded($0) }) { return true }
            if MonotonicTime.now() >= suspicious, try isSynchronousStandby(connection) { return false }
            _ = try? waitReadable([PollTarget(stop.fileDescriptor)], timeoutMilliseconds: Bookkeeper.visibilityMilliseconds)
            if stop.isSet { throw PostgresError(kind: .interrupted, message: "stopped while rows were not visible yet") }
        }
    }

    private func isSynchronousStandby(_ connection: Connection) throws(PostgresError) -> Bool {
        let slot = shared.withLock { $0.template.slot }
        return try connection.execute(
            """
            SELECT 1 FROM pg_catalog.pg_stat_replication r JOIN pg_catalog.pg_replication_slots s ON s.active_pid = r.pid \
            WHERE s.slot_name = \(quotedLiteral(slot)) AND r.sync_state IN ('sync', 'quorum')
            """
        ).rowCount > 0
    }

    private func succeeded(_ backoff: inout Backoff) {
        backoff.reset()
        let wasFailing = shared.withLock { shared in
            defer { shared.isFailing = false }
            return shared.isFailing
        }
        if wasFailing { logger.info("bookkeeping goes through again") }
    }

    private func failed(_ error: PostgresError) {
        guard !stop.isSet else { return }
        let wasFailing = shared.withLock { shared in
            defer { shared.isFailing = true }
            return shared.isFailing
        }
        guard !wasFailing else { return }
        logger.warning(
            "bookkeeping failed; published rows are kept in hand and tried again",
            [.error: .string("\(error)"), .sqlState: .string(error.sqlState?.rawValue ?? "")])
    }
}
