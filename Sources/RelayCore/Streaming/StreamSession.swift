import ByteCoding
import Glibc
import OutboxModel
import PgOutput
import PostgresClient
import PostgresReplication
import ServiceRuntime
import Telemetry

/// One replication stream from START_REPLICATION to its end: reads, decodes, publishes, and gives feedback whatever Kafka does.
///
/// The replication thread's alone; nobody else touches its connection.
final class StreamSession {
    /// Frames handled before feedback and timers are looked at again.
    private static let framesPerTurn = 512
    /// Silence after which the server is asked for a sign of life, in ns.
    private static let probeAfter: Int64 = 3_000_000_000
    /// How long a server that shuts down is read on, in ns; then the session leaves, so that nothing delays the stop.
    private static let shutdownPatience: Int64 = 1_000_000_000
    private static let stateInterval: Int64 = 200_000_000

    private let stream: ReplicationStream
    private let publisher: EventPublisher
    private let epoch: RelayEpoch
    private let context: RelayContext
    private var feedback: FeedbackPolicy
    private(set) var cursor: TransactionCursor
    private var tables = OutboxRelations()
    private let decoder = PgOutputDecoder()

    private var now = MonotonicTime.now()
    private var pacer = InputPacer()
    private var framesSinceDry = 0
    private var isThrottled = false
    private var leaveAt: Int64?
    private var statePublishedAt: Int64 = 0
    /// While the relay stops, waits are no longer cut short by the stop signal.
    private var isDraining = false
    /// While the relay stops: until when the rest of a transaction is waited for, in ns.
    private var finishUntil: Int64?
    /// An event is being handed to Kafka. When a wait in it is cut short, the event is neither published nor in the socket any more:
    /// nothing behind it may be published by this session.
    private var isHandingOver = false
    /// Careful publishing ends behind this position; nil when it has ended.
    private(set) var carefulUntil: LSN?

    init(
        stream: ReplicationStream, publisher: EventPublisher, epoch: RelayEpoch, context: RelayContext,
        cursor: TransactionCursor, start: LSN, feedbackInterval: Int64, carefulUntil: LSN?
    ) {
        self.stream = stream
        self.publisher = publisher
        self.epoch = epoch
        self.context = context
        self.cursor = cursor
        self.carefulUntil = carefulUntil
        feedback = FeedbackPolicy(interval: feedbackInterval, probeAfter: Self.probeAfter, start: start, now: now)
    }

    /// Streams until something ends it; always throws. Units that are open then were closed as parts of their transaction.
    func run() throws(RelayInterruption) -> Never {
        defer {
            publisher.endPart()
            if isThrottled { resume() }
        }
        while true { try turn() }
    }

    /// Reads a stretch of frames, looks after everything else, and waits if there was nothing to read.
    private func turn() throws(RelayInterruption) {
        let isDry = try readFrames()
        now = MonotonicTime.now()
        try service()
        if isDry { try waitForInput() }
    }

    // MARK: Reading

    /// Returns true when there is nothing to read now, or no room for it.
    private func readFrames() throws(RelayInterruption) -> Bool {
        var emptyReads = 0
        // A TLS record can be half decrypted inside of the library: one more look costs less than a lost wake-up.
        let looks = stream.connection.isTLS ? 3 : 2
        for _ in 0..<Self.framesPerTurn {
            guard hasRoom() else { return true }
            switch try stream.connection.readCopyData({ bytes throws(RelayInterruption) in try self.handle(bytes) }) {
            case .frame:
                emptyReads = 0
                framesSinceDry += 1
            case .empty:
                emptyReads += 1
                if emptyReads == looks { return true }
                try consume()
            case .ended:
                throw ending()
            }
        }
        return false
    }

    /// Why the server ended the stream. Up to 17 a publication that is missing is an error of the first change that needs it
    /// (postgres-versions.md section 2); nothing else in a stream is called undefined.
    private func ending() -> RelayInterruption {
        let error = stream.connection.copyOutcome() ?? PostgresError(kind: .connection, message: "the server ended the stream")
        return error.sqlState == .undefinedObject ? publicationMissing(error.message) : .postgres(error)
    }

    private func publicationMissing(_ words: String) -> RelayInterruption {
        .refused([
            Finding(
                "publication.exists", .fail, object: "publication \(context.options.publicationName)",
                fact: "the server says: \(words); events since then are only in the table",
                remedy: "outbox-relay publication create, slot drop --yes, checkpoint reset --yes, then run")
        ])
    }

    private func consume() throws(RelayInterruption) {
        do throws(PostgresError) { try stream.connection.consumeInput() } catch { throw .postgres(error) }
    }

    private func hasRoom() -> Bool {
        if publisher.hasRoom {
            if isThrottled { resume() }
            return true
        }
        publisher.refreshView()
        if publisher.hasRoom {
            if isThrottled { resume() }
            return true
        }
        if !isThrottled {
            context.metrics.throttles.add()
            throttle()
        }
        publisher.endPart()
        publisher.refreshView()
        return publisher.hasRoom
    }

    private func throttle() {
        guard !isThrottled else { return }
        isThrottled = true
        epoch.ledger.watch(true)
    }

    /// The silence while we did not read was ours, not the server's.
    private func resume() {
        isThrottled = false
        epoch.ledger.watch(false)
        feedback.frameReceived(at: MonotonicTime.now())
    }

    private func handle(_ bytes: UnsafeRawBufferPointer) throws(RelayInterruption) {
        feedback.frameReceived(at: now)
        let frame: ReplicationFrame
        do throws(ReplicationFrameError) { frame = try ReplicationFrame.parse(bytes.bytes) } catch {
            throw .violation("\(error)")
        }
        switch frame {
        case .keepalive(let end, let replyRequested):
            try checkNotices()
            feedback.keepaliveReceived(end: end, replyRequested: replyRequested)
            if cursor.transaction == nil { epoch.ledger.keepalive(end) }
        case .data(let offset):
            try handle(message: UnsafeRawBufferPointer(rebasing: bytes[offset...]))
        }
    }

    private func handle(message bytes: UnsafeRawBufferPointer) throws(RelayInterruption) {
        let message: PgOutputMessage
        do throws(PgOutputError) { message = try decoder.decode(bytes.bytes) } catch { throw .violation("\(error)") }
        switch message {
        case .insert(let insert): try publish(insert, in: bytes)
        case .begin(let begin): try checked { () throws(StreamViolation) in try cursor.begin(begin) }
        case .commit(let commit): try end(commit)
        case .relation(let relation): try describe(relation)
        case .origin, .type, .message, .truncate: break
        case .update(let update): tables.noteIgnored(update.relationID, "UPDATE", context.logger)
        case .delete(let delete): tables.noteIgnored(delete.relationID, "DELETE", context.logger)
        case .streamStart, .streamStop, .streamCommit, .streamAbort, .streamPrepare, .beginPrepare, .prepare,
            .commitPrepared, .rollbackPrepared:
            throw .violation("a message of streaming or two-phase mode, which was not asked for")
        }
    }

    private func checked<Value>(_ body: () throws(StreamViolation) -> Value) throws(RelayInterruption) -> Value {
        do throws(StreamViolation) { return try body() } catch { throw .violation(error.description) }
    }

    private func publish(_ insert: Insert, in bytes: UnsafeRawBufferPointer) throws(RelayInterruption) {
        guard let map = try checked({ () throws(StreamViolation) in try tables.map(of: insert.relationID) }) else { return }
        guard insert.tuple.count == map.columnCount else {
            throw .violation("Insert with \(insert.tuple.count) columns into a relation of \(map.columnCount)")
        }
        if try checked({ () throws(StreamViolation) in try cursor.isNextEventNew() }), let transaction = cursor.transaction {
            let origin = EventPublisher.Origin(
                lsn: transaction.commitLSN, commitTime: transaction.commitTime, transaction: transaction.xid)
            isHandingOver = true
            try publisher.publish(insert.tuple, in: bytes, map: map, origin: origin) { () throws(RelayInterruption) in
                try self.waitForKafka()
            }
            isHandingOver = false
        }
        cursor.eventDone()
    }

    private func end(_ commit: Commit) throws(RelayInterruption) {
        let commitTime = cursor.transaction?.commitTime ?? 0
        let endLSN = try checked { () throws(StreamViolation) in try cursor.commit(commit) }
        publisher.endTransaction(at: endLSN, commitTime: commitTime)
        feedback.transactionReceived(endLSN: endLSN)
        if let until = carefulUntil, endLSN >= until {
            carefulUntil = nil
            try epoch.replaceProducer(isCareful: false)
            publisher.change(to: epoch.producer)
        }
    }

    private func describe(_ relation: Relation) throws(RelayInterruption) {
        do throws(ColumnMapError) {
            try tables.update(relation, table: context.options.table, names: context.options.columns, context.logger)
        } catch {
            throw .refused([
                Finding(
                    "table.columns", .fail, object: "table \(context.options.table)", fact: "\(error)",
                    remedy: "put the column back, or name its successor by column.*; the position is kept")
            ])
        }
    }

    /// 18 only warns when the publication is missing, and drops the rows: nothing more may be confirmed then
    /// (postgres-versions.md section 2). Matched by SQLSTATE and severity, not by the translated text.
    private func checkNotices() throws(RelayInterruption) {
        guard stream.connection.hasNotices else { return }
        for notice in stream.connection.takeNotices() {
            if notice.severity == "WARNING", notice.sqlState == .objectNotInPrerequisiteState {
                throw publicationMissing(notice.message)
            }
            context.logger.warning(
                "the server sent a notice",
                [.sqlState: .string(notice.sqlState?.rawValue ?? ""), .text: .string(notice.message)])
        }
    }

    // MARK: Everything else

    /// Feedback, timers, failures, stop: what has to go on whether or not there is room.
    private func service() throws(RelayInterruption) {
        context.state.turned(at: now)
        try checkNotices()
        feedback.confirmable(epoch.bookkeeper.storedLSN)
        if let update = feedback.next(at: now) {
            do throws(PostgresError) {
                _ = try stream.send(update, unixMicroseconds: MonotonicTime.wallClockMicroseconds())
            } catch { throw .postgres(error) }
            context.metrics.feedback.add()
        }
        if now - statePublishedAt >= Self.stateInterval { publishState() }
        if isDraining {
            if let finishUntil, now >= finishUntil { throw .stopRequested }
            return
        }
        publisher.refreshView()
        try publisher.checkDelivery()
        let silence = feedback.silence(at: now)
        if !isThrottled, silence > context.options.stallTimeoutMilliseconds * 1_000_000 {
            throw .silent(milliseconds: silence / 1_000_000)
        }
        if context.stop.isSet { throw .stopRequested }
        if let finding = epoch.monitor.fatalFinding { throw .refused([finding]) }
        if epoch.monitor.takeServerStopping(), leaveAt == nil { leaveAt = now + Self.shutdownPatience }
        if let leaveAt, isThrottled || now >= leaveAt { throw .serverStopping }
    }

    private func publishState() {
        statePublishedAt = now
        let view = epoch.ledger.view
        let oldest = epoch.ledger.oldest()
        let lastFrame = now - feedback.silence(at: now)
        let throttled = isThrottled
        let bookkeepingFails = epoch.bookkeeper.isFailing
        context.state.update { fields in
            fields.bookkeepingFails = bookkeepingFails
            fields.lastFrameAt = lastFrame
            fields.isThrottled = throttled
            fields.confirmed = view.confirmed
            fields.received = view.received
            fields.openEvents = view.openEvents
            fields.openBytes = view.openBytes
            fields.finishedEvents = view.finishedEvents
            fields.oldestOpenedAt = oldest.openedAt
            fields.oldestAwaitsBookkeeping = oldest.awaitsBookkeeping
        }
        context.metrics.inFlightEvents.set(Double(view.openEvents))
    }

    private func waitForInput() throws(RelayInterruption) {
        if isThrottled { return try waitForKafka() }
        pacer.read(frames: framesSinceDry)
        framesSinceDry = 0
        if pacer.isNapping {
            var nap = timespec(tv_sec: 0, tv_nsec: Int(InputPacer.nap))
            nanosleep(&nap, nil)
            return
        }
        // A transaction may go on after minutes: what there is of it must not look stuck until then.
        publisher.endPart()
        publisher.sendNow()
        publishState()
        let before = MonotonicTime.now()
        try poll(socket: .readable, atMost: 500)
        now = MonotonicTime.now()
        pacer.waited(nanoseconds: now - before)
    }

    /// Waits for deliveries while the socket is left unread; its loss is noticed all the same.
    private func waitForKafka() throws(RelayInterruption) {
        throttle()
        try poll(socket: Self.hangUp, atMost: 250)
        now = MonotonicTime.now()
        try service()
    }

    /// POLLRDHUP: the server closed its side, seen without reading.
    private static let hangUp = PollTarget.Events(rawValue: 0x2000)

    private func poll(socket events: PollTarget.Events, atMost milliseconds: Int64) throws(RelayInterruption) {
        let flushed: Bool
        do throws(PostgresError) { flushed = try stream.connection.flushOutput() } catch { throw .postgres(error) }
        let untilFeedback = max(0, (feedback.nextDeadline - MonotonicTime.now()) / 1_000_000)
        let targets = [
            PollTarget(stream.connection.fileDescriptor, flushed ? events : events.union(.writable)),
            PollTarget(epoch.ledger.progress.fileDescriptor),
            PollTarget(isDraining ? -1 : context.stop.fileDescriptor),
        ]
        let found: [PollTarget.Events]
        do throws(SystemError) {
            found = try waitReadable(targets, timeoutMilliseconds: min(milliseconds, untilFeedback + 1))
        } catch { throw .resource("\(error)") }
        if !found[1].isEmpty { epoch.ledger.progress.drain() }
        if events == Self.hangUp, !found[0].isDisjoint(with: [Self.hangUp, .failed]) {
            throw .postgres(PostgresError(kind: .connection, message: "the server closed the connection"))
        }
        if !found[0].isDisjoint(with: [.readable, .failed]) { try consume() }
    }

    // MARK: Stopping

    /// Ends the stream so that a new start repeats nothing if Kafka and PostgreSQL play along: finishes the transaction that is
    /// half received, waits for deliveries and bookkeeping, confirms, and says goodbye.
    ///
    /// - Parameter deadline: monotonic ns; what is not finished then comes again at the next start.
    func drain(until deadline: Int64) {
        isDraining = true
        let total = deadline - MonotonicTime.now()
        if !isHandingOver { finishTransaction(until: MonotonicTime.now() + total / 4) }
        publisher.endPart()
        let deliveriesUntil = deadline - total / 4
        while epoch.producer.outstanding > 0, MonotonicTime.now() < deliveriesUntil {
            guard (try? waitForKafka()) != nil else { break }
        }
        if epoch.producer.outstanding > 0 { _ = epoch.producer.purge(milliseconds: 500) }
        epoch.bookkeeper.finish(until: deadline)
        feedback.confirmable(epoch.bookkeeper.storedLSN)
        now = MonotonicTime.now()
        if let update = feedback.next(at: now) {
            _ = try? stream.send(update, unixMicroseconds: MonotonicTime.wallClockMicroseconds())
        }
        publishState()
        _ = try? stream.connection.endCopy()
        _ = stream.connection.copyEnded(within: 1_000)
    }

    private func finishTransaction(until deadline: Int64) {
        finishUntil = deadline
        defer { finishUntil = nil }
        while cursor.transaction != nil, MonotonicTime.now() < deadline {
            guard let isDry = try? readFrames() else { return }
            now = MonotonicTime.now()
            guard (try? service()) != nil else { return }
            if isDry, (try? waitForInput()) == nil { return }
        }
    }
}
