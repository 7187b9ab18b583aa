import ByteCoding
import OutboxModel
import PostgresClient
import PostgresReplication
public import ServiceRuntime
public import Telemetry

/// The relay: connects, checks, streams, and begins again after every fault that its surroundings produce.
///
/// `run` is the replication thread. It returns when it was asked to stop or when going on would be wrong.
public final class Relay {
    /// How a run ended.
    public enum Ending: Sendable {
        /// Asked to stop, and stopped.
        case stopped
        /// Going on would lose events or cannot work; the findings say why and what mends it.
        case failed([Finding])
    }

    let context: RelayContext
    var epoch: RelayEpoch?
    var resume: TransactionCursor.ResumePoint?
    /// Set after a broker refused a message: until this position messages are published one at a time.
    var carefulUntil: LSN?
    /// The walsender that served us last: its process id alone is not enough, a rival's may be the same after a restart.
    private var lastBackend: (pid: Int32, start: String)?
    var streamingSince: Int64?
    var hasStreamed = false
    private var warnedChecks: Set<String> = []
    var isTroubleReported = false
    /// Monotonic ns since when no stream came about although the server was tried; nil while one flows.
    var troubleSince: Int64?
    var backoff = Backoff(initial: 100, maximum: 5_000)

    public init(options: RelayOptions, state: RelayState, metrics: RelayMetrics, logger: Logger, stop: StopSignal) {
        context = RelayContext(options: options, state: state, metrics: metrics, logger: logger, stop: stop)
    }

    /// Runs until `stop` is set or going on would be wrong. Blocks the calling thread. What comes next, an end or another way of
    /// publishing, is the caller's: the phase stays as it was.
    public func run() -> Ending {
        while true {
            let interruption = runStream()
            if let ending = react(to: interruption) { return ending }
        }
    }

    func enter(_ phase: RelayPhase) {
        context.state.enter(phase)
        context.metrics.phase(phase)
    }

    // MARK: One stream

    /// Connects, checks and streams; returns why it ended.
    private func runStream() -> RelayInterruption {
        do throws(RelayInterruption) {
            if context.stop.isSet { throw .stopRequested }
            if context.state.snapshot.phase != .standby { enter(.connecting) }
            let stream = ReplicationStream(try connect())
            let (position, facts) = try prepare(stream)
            try start(stream, at: position)
            try follow(stream, from: position, facts: facts)
        } catch { return error }
    }

    private func connect() throws(RelayInterruption) -> Connection {
        var settings = context.options.postgres.with(isReplication: true)
        // A walsender that is busy with a large transaction of other tables looks at us only after half of its timeout. With the
        // server's minute that silence would be taken for a stall, and the reconnect would begin the transaction again, for ever.
        settings.sessionSettings.append(("wal_sender_timeout", "\(max(1_000, context.options.stallTimeoutMilliseconds))"))
        do throws(PostgresError) {
            let connection = try Connection.open(settings, stop: context.stop)
            let address = "\(connection.host):\(connection.port)/\(connection.database)"
            let version = connection.serverVersion
            context.state.update { fields in
                fields.server = address
                fields.serverVersion = version
            }
            return connection
        } catch { throw .postgres(error) }
    }

    private func readFacts(_ connection: Connection) throws(RelayInterruption) -> ServerFacts {
        do throws(PostgresError) {
            return try ServerFactsReader(connection, isReplication: true).read(context.options)
        } catch { throw .postgres(error) }
    }

    /// Everything between the connection and START_REPLICATION; returns where to start.
    private func prepare(_ stream: ReplicationStream) throws(RelayInterruption) -> (LSN, ServerFacts) {
        var facts = try readFacts(stream.connection)
        facts = try waitForSlot(stream.connection, facts)
        try check(facts)
        try own(stream.connection)
        // Until the lock was ours, another instance may have gone on, or begun.
        facts = try readFacts(stream.connection)
        guard let identity = facts.identity else { throw .violation("the system was not identified") }
        let plan = StartPlan.make(
            slotName: context.options.slotName, slot: facts.slot, checkpoint: facts.checkpoint, identity: identity,
            database: facts.database, tellsUnpublished: tellsUnpublished(facts))
        switch plan {
        case .refuse(let finding): throw .refused([finding])
        case .firstStart, .repeatFirstStart: return (try handOver(stream, facts, identity), facts)
        case .repair(let finding): return (try repair(finding, stream, facts, identity), facts)
        case .stream(let position): return (try adopt(position, facts, identity, stream.connection), facts)
        }
    }

    /// Waits until nobody else publishes; see `PublisherLock`.
    private func own(_ connection: Connection) throws(RelayInterruption) {
        let lock = PublisherLock(slot: context.options.slotName)
        do throws(PostgresError) {
            if try lock.tryExclusive(connection) { return }
            try lock.announceWish(connection)
            var polls = 0
            while try !lock.tryExclusive(connection) {
                if polls == 5 {
                    giveUpOwnership()
                    enter(.standby)
                    context.logger.info("standing by: other instances publish", [.slot: .string(context.options.slotName)])
                }
                polls += 1
                _ = try? waitReadable([PollTarget(context.stop.fileDescriptor)], timeoutMilliseconds: 100)
                if context.stop.isSet { throw PostgresError(kind: .interrupted, message: "stopped") }
            }
            try lock.withdrawWish(connection)
        } catch {
            if context.stop.isSet { throw .stopRequested }
            throw .postgres(error)
        }
    }

    /// The slot no longer leads to everything: the gap is published from the table, or said (`slot.repair`).
    private func repair(
        _ finding: Finding, _ stream: ReplicationStream, _ facts: ServerFacts, _ identity: SystemIdentity
    ) throws(RelayInterruption) -> LSN {
        let refusal = context.options.slotRepair.decide(finding, tellsUnpublished: tellsUnpublished(facts))
        if let refusal { throw .refused([refusal]) }
        context.logger.warning(
            "events are only in the table; it is published and a new slot begun",
            [.name: .string(finding.check), .reason: .string("\(finding.object): \(finding.fact)")])
        context.metrics.repairs(reason: finding.check).add()
        return try handOver(stream, facts, identity)
    }

    /// Whether the table shows which of its rows are unpublished.
    private func tellsUnpublished(_ facts: ServerFacts) -> Bool {
        let options = context.options
        let hasStatus = options.columns[.status].map { facts.table?.column($0) != nil } ?? false
        return options.afterPublish == .delete || (options.afterPublish == .mark && hasStatus)
    }

    /// Stops on findings that fail; warns once about the others.
    private func check(_ facts: ServerFacts) throws(RelayInterruption) {
        let findings = StartupChecks.evaluate(facts, options: context.options)
        let failures = findings.filter { $0.severity == .fail }
        guard failures.isEmpty else { throw .refused(failures) }
        for finding in findings where finding.severity == .warn && warnedChecks.insert(finding.check).inserted {
            context.logger.warning(
                "startup check",
                [
                    .name: .string(finding.check), .text: .string("\(finding.object): \(finding.fact)"),
                    .remedy: .string(finding.remedy),
                ])
        }
    }

    /// Waits while somebody else streams from the slot. Our own old walsender, left over from a cut connection, is ended.
    private func waitForSlot(_ connection: Connection, _ facts: ServerFacts) throws(RelayInterruption) -> ServerFacts {
        guard facts.slot?.isActive == true else { return facts }
        var isReported = false
        var stranger: ReplicationSlot?
        let since = MonotonicTime.now()
        do throws(PostgresError) {
            while let slot = try SlotCatalog(connection).find(context.options.slotName), slot.isActive {
                if let pid = slot.activePID, let last = lastBackend, pid == last.pid {
                    try connection.execute(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity \
                        WHERE pid = \(pid) AND backend_start = \(quotedLiteral(last.start))
                        """)
                    lastBackend = nil
                } else if !isReported {
                    giveUpOwnership()
                    enter(.standby)
                    context.logger.info(
                        "standing by: another session streams from the slot",
                        [.slot: .string(slot.name), .backendPID: .int(Int(slot.activePID ?? 0))])
                    isReported = true
                } else if context.options.fallsBackToPolling, MonotonicTime.now() - since > Self.strangerPatience,
                    try !PublisherLock(slot: slot.name).isStreamOwner(connection)
                {
                    stranger = slot
                    break
                }
                _ = try? waitReadable([PollTarget(context.stop.fileDescriptor)], timeoutMilliseconds: 300)
                if context.stop.isSet { throw PostgresError(kind: .interrupted, message: "stopped") }
            }
        } catch {
            if context.stop.isSet { throw .stopRequested }
            throw .postgres(error)
        }
        if let stranger { throw .refused([Self.busy(stranger)]) }
        if isReported { context.logger.info("the slot is free", [.slot: .string(context.options.slotName)]) }
        return try readFacts(connection)
    }

    /// How long a session that is no relay may keep the slot, in ns.
    private static let strangerPatience: Int64 = 10_000_000_000

    private static func busy(_ slot: ReplicationSlot) -> Finding {
        let pid = slot.activePID.map { "\($0)" } ?? "unknown"
        return Finding(
            "slot.busy", .fail, object: "slot \(slot.name)",
            fact: "the backend \(pid) streams from it, and is no outbox-relay: what it confirms is gone from the slot",
            remedy: "end it (SELECT pg_terminate_backend(\(pid))), or choose another slot.name")
    }

    /// Somebody else publishes from the slot: nothing of ours counts any more.
    private func giveUpOwnership() {
        guard let epoch else { return }
        epoch.close(until: MonotonicTime.now() + 1_000_000_000)
        self.epoch = nil
        resume = nil
    }

    private func handOver(
        _ stream: ReplicationStream, _ facts: ServerFacts, _ identity: SystemIdentity
    ) throws(RelayInterruption) -> LSN {
        giveUpOwnership()
        enter(.snapshot)
        let handover = SnapshotHandover(stream: stream, context: context, facts: facts)
        let slot = try handover.createSlot(dropping: facts.slot)
        let checkpoint = Checkpoint(
            slot: context.options.slotName, phase: .snapshot, systemID: identity.systemID, timeline: identity.timeline,
            endLSN: slot.consistentPoint, events: 0)
        let epoch = try makeEpoch(start: slot.consistentPoint, checkpoint: checkpoint, facts, identity)
        self.epoch = epoch
        let publisher = epoch.makePublisher()
        defer { publisher.endPart() }
        try handover.publish(slot, epoch: epoch, publisher: publisher)
        if carefulUntil != nil {
            carefulUntil = nil
            try epoch.replaceProducer(isCareful: false)
        }
        var stored = checkpoint
        stored.phase = .streaming
        stored.events = epoch.ledger.view.finishedEvents
        do throws(PostgresError) {
            let connection = try Connection.open(context.options.postgres, stop: context.stop)
            try CheckpointStore(context.options.checkpointTable).write(stored, on: connection)
        } catch { throw .postgres(error) }
        epoch.bookkeeper.beginStreaming()
        return slot.consistentPoint
    }

    /// Decides between what we have in hand from before a reconnect and what is stored; returns where to start.
    private func adopt(
        _ position: LSN, _ facts: ServerFacts, _ identity: SystemIdentity, _ connection: Connection
    ) throws(RelayInterruption) -> LSN {
        if let epoch {
            let view = epoch.ledger.view
            // Another history (failover, restore), or progress that is not ours: only what is stored counts.
            let isSameHistory =
                identity.systemID == epoch.identity.systemID && identity.timeline == epoch.identity.timeline
                && identity.position >= view.received
            let isForeign = (facts.checkpoint?.endLSN ?? .zero) > view.confirmed
            if isSameHistory, !isForeign { return view.received }
            context.logger.warning(
                "the cluster's history or the checkpoint changed meanwhile; the stored position counts",
                [
                    .systemID: .string(identity.systemID), .timeline: .int(Int(identity.timeline)),
                    .checkpointLSN: .string("\(position)"),
                ])
            giveUpOwnership()
        }
        var checkpoint =
            facts.checkpoint
            ?? Checkpoint(
                slot: context.options.slotName, phase: .streaming, systemID: identity.systemID, timeline: identity.timeline,
                endLSN: position, events: 0)
        checkpoint.timeline = identity.timeline
        if facts.checkpoint == nil {
            do throws(PostgresError) {
                let store = CheckpointStore(context.options.checkpointTable)
                if facts.checkpointTable == nil { try store.createIfMissing(on: connection) }
                try store.write(checkpoint, on: connection)
            } catch { throw .postgres(error) }
        }
        epoch = try makeEpoch(start: position, checkpoint: checkpoint, facts, identity)
        return position
    }

    private func makeEpoch(
        start: LSN, checkpoint: Checkpoint, _ facts: ServerFacts, _ identity: SystemIdentity
    ) throws(RelayInterruption) -> RelayEpoch {
        guard let table = facts.table else { throw .violation("the table was not described") }
        let options = context.options
        let existing = Set(table.columns.map(\.name))
        let statements = BookkeepingStatements(
            table: options.table, columns: options.columns, existing: existing,
            idType: table.column(options.columns[.id])?.type ?? "text", afterPublish: options.afterPublish)
        let hasStatus = options.columns[.status].map { existing.contains($0) } ?? false
        return try RelayEpoch(
            start: start, checkpoint: checkpoint, identity: identity, statements: statements,
            countsPending: hasStatus && options.afterPublish == .mark, isCareful: carefulUntil != nil, context: context)
    }

    private func start(_ stream: ReplicationStream, at position: LSN) throws(RelayInterruption) {
        do throws(PostgresError) {
            let started = try stream.connection.execute(
                "SELECT backend_start FROM pg_catalog.pg_stat_activity WHERE pid = pg_backend_pid()")
            lastBackend = started.scalar.map { (stream.connection.backendPID, $0) }
            try stream.start(slot: context.options.slotName, at: position, publications: [context.options.publicationName])
        } catch { throw .postgres(error) }
    }

    private func follow(_ stream: ReplicationStream, from position: LSN, facts: ServerFacts) throws(RelayInterruption) -> Never {
        guard let epoch else { throw .violation("there is nothing to stream into") }
        _ = epoch.monitor.takeServerStopping()
        let serverTimeout = facts.settings["wal_sender_timeout"].flatMap { Int64($0) } ?? 60_000
        let interval = min(context.options.feedbackIntervalMilliseconds, serverTimeout > 0 ? max(100, serverTimeout / 3) : .max)
        let session = StreamSession(
            stream: stream, publisher: epoch.makePublisher(), epoch: epoch, context: context,
            cursor: TransactionCursor(resume: resume), start: position, feedbackInterval: interval * 1_000_000,
            carefulUntil: carefulUntil)
        streaming(from: position)
        do throws(RelayInterruption) { try session.run() } catch {
            resume = session.cursor.resumePoint
            carefulUntil = session.carefulUntil
            if case .stopRequested = error {
                enter(.draining)
                session.drain(until: MonotonicTime.now() + context.options.drainTimeoutMilliseconds * 1_000_000)
            }
            throw error
        }
    }

    private func streaming(from position: LSN) {
        let now = MonotonicTime.now()
        context.state.update { fields in
            fields.lastFrameAt = now
            fields.streams += 1
            fields.lastProblem = ""
        }
        enter(.streaming)
        context.logger.info(
            "streaming",
            [
                .slot: .string(context.options.slotName), .lsn: .string("\(position)"),
                .host: .string(context.state.snapshot.server), .serverVersion: .int(context.state.snapshot.serverVersion),
            ])
        hasStreamed = true
        streamingSince = now
        troubleSince = nil
    }
}
