import ByteCoding
import OutboxModel
import PostgresClient
import PostgresReplication
public import ServiceRuntime
import Synchronization
public import Telemetry

/// Watches what the stream itself never says: retained WAL, the publication, synchronous standby, a server that shuts down.
///
/// A thread and an ordinary session of its own. The session is also the early warning of a fast shutdown: the server ends it at
/// once, while a walsender would wait for a reader that Kafka holds back.
public final class SlotMonitor: Sendable {
    private static let intervalMilliseconds: Int64 = 5_000
    /// With a limit on the slot's WAL.
    private static let guardedIntervalMilliseconds: Int64 = 2_000
    private static let pendingLimit = 1_000_000

    private struct Shared {
        var isServerStopping = false
        var fatal: Finding?
    }

    private let options: RelayOptions
    private let countsPending: Bool
    private let state: RelayState
    private let metrics: RelayMetrics
    private let logger: Logger
    private let noticed: EventFD
    private let stop: StopSignal
    private let shared = Mutex(Shared())
    private let thread = Mutex<OwnedThread?>(nil)
    /// Of the monitor's thread.
    nonisolated(unsafe) private var guardian: WALGuard
    nonisolated(unsafe) private var heartbeat: Heartbeat
    nonisolated(unsafe) private var isLimited = false

    /// - Parameters:
    ///   - countsPending: the table has a status column that says what is unpublished.
    ///   - noticed: signalled when the replication thread has to look.
    public init(
        options: RelayOptions, countsPending: Bool, state: RelayState, metrics: RelayMetrics, noticed: EventFD, logger: Logger
    ) throws(SystemError) {
        self.options = options
        self.countsPending = countsPending
        self.state = state
        self.metrics = metrics
        self.noticed = noticed
        self.logger = logger
        stop = try StopSignal()
        guardian = WALGuard(options.walLimits)
        heartbeat = Heartbeat(intervalMilliseconds: options.heartbeatIntervalMilliseconds)
    }

    public func start() throws(SystemError) {
        let started = try OwnedThread.start(name: "slot-monitor") { self.run() }
        thread.withLock { $0 = started }
    }

    public func shutDown() {
        stop.set()
        thread.withLock { $0 }?.join()
    }

    /// Whether the server has begun to shut down since the last call.
    public func takeServerStopping() -> Bool {
        shared.withLock { shared in
            defer { shared.isServerStopping = false }
            return shared.isServerStopping
        }
    }

    /// Something that makes going on a silent gap.
    public var fatalFinding: Finding? { shared.withLock { $0.fatal } }

    private func run() {
        var connection: Connection?
        var backoff = Backoff(initial: 200, maximum: 5_000)
        var warned: Set<String> = []
        while !stop.isSet {
            do throws(PostgresError) {
                let live: Connection
                if let connection { live = connection } else { live = try open() }
                connection = live
                try look(live, &warned)
                backoff.reset()
                if let failure = pause(live) {
                    connection = nil
                    serverEnded(failure)
                }
            } catch {
                if error.isConnectionLoss || connection?.isOpen != true {
                    if connection != nil, error.kind != .timeout { serverEnded(error) }
                    connection = nil
                } else {
                    logger.debug("the slot monitor could not look", [.error: .string("\(error)")])
                }
                _ = try? waitReadable(
                    [PollTarget(stop.fileDescriptor)], timeoutMilliseconds: backoff.next(random: Double.random(in: 0..<1)))
            }
        }
    }

    /// A look that takes long is cancelled by the server: it must never load the database that it watches.
    private func open() throws(PostgresError) -> Connection {
        let connection = try Connection.open(options.postgres, stop: stop)
        try connection.execute("SET statement_timeout = '4s'")
        return connection
    }

    /// Waits for the next look; returns early with the reason when the server ends the session.
    private func pause(_ connection: Connection) -> PostgresError? {
        var interval = isLimited ? Self.guardedIntervalMilliseconds : Self.intervalMilliseconds
        if heartbeat.intervalMilliseconds > 0 { interval = min(interval, heartbeat.intervalMilliseconds) }
        let deadline = MonotonicTime.now() + interval * 1_000_000
        while !stop.isSet {
            let left = (deadline - MonotonicTime.now()) / 1_000_000
            guard left > 0 else { return nil }
            let found = try? waitReadable(
                [PollTarget(stop.fileDescriptor), PollTarget(connection.fileDescriptor)], timeoutMilliseconds: left)
            if let found, !found[1].isEmpty, let failure = connection.idleFailure() { return failure }
        }
        return nil
    }

    private func serverEnded(_ error: PostgresError) {
        guard !stop.isSet else { return }
        shared.withLock { $0.isServerStopping = true }
        noticed.signal()
    }

    private func look(_ connection: Connection, _ warned: inout Set<String>) throws(PostgresError) {
        try lookAtSlot(connection)
        let reader = ServerFactsReader(connection, isReplication: false)
        let sync = try reader.syncState(options) ?? ""
        state.update { $0.syncState = sync }
        if sync == "sync" || sync == "quorum", warned.insert("sync").inserted {
            logger.warning(
                "this relay is a synchronous standby: commits wait until their events are in Kafka",
                [.remedy: "name the real standbys in synchronous_standby_names"])
        }
        try lookAtPublication(connection, reader)
        if countsPending { try countPending(connection) }
    }

    private func lookAtSlot(_ connection: Connection) throws(PostgresError) {
        guard let slot = try SlotCatalog(connection).find(options.slotName) else {
            state.update { $0.walStatus = "missing" }
            return
        }
        state.update { fields in
            fields.retainedWALBytes = slot.retainedWALBytes
            fields.safeWALBytes = slot.safeWALSize
            fields.walStatus = slot.walStatus ?? ""
            fields.slotActivePID = slot.activePID
        }
        if let retained = slot.retainedWALBytes { guardWAL(retained, safe: slot.safeWALSize) }
        if heartbeat.isDue(at: MonotonicTime.now(), confirmed: slot.confirmedFlushLSN ?? .zero) {
            try connection.execute("SELECT pg_catalog.pg_logical_emit_message(false, 'outbox-relay', 'heartbeat')")
        }
        metrics.retainedWAL.set(Double(slot.retainedWALBytes ?? 0))
        metrics.safeWAL.set(Double(slot.safeWALSize ?? -1))
        let lag = try connection.execute(
            """
            SELECT pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, \
            \(quotedLiteral("\(slot.confirmedFlushLSN ?? .zero)")))
            """)
        metrics.confirmedLag.set(lag.scalar.flatMap { Double($0) }.map { max(0, $0) } ?? 0)
    }

    private func guardWAL(_ retained: Int64, safe: Int64?) {
        let reading = WALGuard.Reading(at: MonotonicTime.now(), retainedBytes: retained, safeBytes: safe)
        let verdict = guardian.look(reading)
        isLimited = verdict != nil
        state.update { fields in
            fields.walShare = verdict?.share
            fields.walSecondsToFull = verdict?.secondsToFull
        }
        metrics.walShare.set(verdict?.share ?? -1)
        metrics.walSecondsToFull.set(verdict?.secondsToFull ?? -1)
        guard let verdict else { return }
        if verdict.level == .release {
            shared.withLock { if $0.fatal == nil { $0.fatal = verdict.release(slot: options.slotName, retainedBytes: retained) } }
            noticed.signal()
        } else if verdict.isNews {
            verdict.warn(logger, slot: options.slotName, retainedBytes: retained)
        }
    }

    /// No version says anything when a table leaves a publication: the stream just falls silent (postgres-versions.md, rule 4).
    private func lookAtPublication(_ connection: Connection, _ reader: ServerFactsReader) throws(PostgresError) {
        let table = try reader.table(options.table)
        let publication = try PublicationCatalog(connection).find(options.publicationName, table: options.table)
        let finding: Finding?
        if let publication {
            finding = StartupChecks.publicationFindings(publication, table: table, options: options)
                .first { $0.severity == .fail }.map(StartupChecks.repairingGap)
        } else {
            finding = Finding(
                "publication.exists", .fail, object: "publication \(options.publicationName)",
                fact: "it was dropped while the relay ran; events since then are only in the table",
                remedy: "outbox-relay publication create, slot drop --yes, checkpoint reset --yes, then run")
        }
        guard let finding else { return }
        shared.withLock { if $0.fatal == nil { $0.fatal = finding } }
        noticed.signal()
    }

    private func countPending(_ connection: Connection) throws(PostgresError) {
        guard let status = options.columns[.status] else { return }
        let pending: Int64?
        do throws(PostgresError) {
            let result = try connection.execute(
                PendingRows.count(table: options.table, status: status, limit: Self.pendingLimit))
            pending = result.scalar.flatMap { Int64($0) }
        } catch {
            // Too slow on a table without an index for it: unknown is the truth then.
            guard error.sqlState == .queryCanceled else { throw error }
            pending = nil
        }
        state.update { $0.pendingRows = pending }
        metrics.tablePending.set(Double(pending ?? -1))
    }
}
