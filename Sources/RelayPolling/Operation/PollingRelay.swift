import OutboxModel
import PostgresClient
public import RelayCore
public import ServiceRuntime
public import Telemetry

/// Publishes the outbox without its stream: claims rows, publishes them, and marks them, beside any number of others that do the same.
///
/// `run` is the polling thread. It returns when it was asked to stop, when a relay wants to stream, or when going on would be wrong.
public final class PollingRelay {
    /// How a run ended.
    public enum Ending: Sendable {
        /// Asked to stop, and stopped.
        case stopped
        /// Everything is let go, for a relay that wants to stream.
        case yielded(reason: String)
        /// Going on cannot work; the findings say why and what mends it.
        case failed([Finding])
    }

    let options: RelayOptions
    let polling: PollingOptions
    let state: RelayState
    let metrics: RelayMetrics
    let logger: Logger
    let stop: StopSignal
    var publisher: BatchPublisher?
    /// Marks of a session that was lost, to be written by the next one.
    var unwritten = ""
    var unwrittenRows = 0
    var backoff = Backoff(initial: 100, maximum: 5_000)
    var hasPolled = false
    var isTroubleReported = false

    /// How long what is under way may take when a relay wants to stream, in ms.
    static let yieldMilliseconds: Int64 = 3_000

    public init(
        options: RelayOptions, polling: PollingOptions, state: RelayState, metrics: RelayMetrics, logger: Logger, stop: StopSignal
    ) {
        self.options = options
        self.polling = polling
        self.state = state
        self.metrics = metrics
        self.logger = logger
        self.stop = stop
    }

    /// Runs until `stop` or `yield` is set, a relay wants to stream, or going on would be wrong. Blocks the calling thread.
    ///
    /// - Parameter yield: set when this process is to stream: the batch under way is finished, all locks are released.
    public func run(yield: StopSignal) -> Ending {
        let interval = polling.intervalMilliseconds * 1_000_000
        let shards = polling.shards
        state.update { fields in
            fields.pollingInterval = interval
            fields.shards = shards
            fields.shardsOwned = 0
        }
        let ending = runSessions(yield)
        writeUnwritten()
        publisher?.close()
        publisher = nil
        state.update { fields in
            fields.shardsOwned = nil
            fields.publishers = 0
            fields.pollingCaughtUpAt = nil
            fields.pollingRoundAt = nil
            fields.oldestOpenedAt = nil
            fields.openEvents = 0
        }
        if case .yielded = ending { enter(.connecting) } else { enter(.stopped) }
        return ending
    }

    /// A stop that came in the middle of a round ended the session with it, whose marks may or may not be written. Without them the
    /// next start would publish again what has arrived.
    private func writeUnwritten() {
        guard !unwritten.isEmpty else { return }
        var settings = options.postgres
        settings.connectTimeoutMilliseconds = min(settings.connectTimeoutMilliseconds, 2_000)
        do throws(PostgresError) {
            let connection = try Connection.open(settings)
            try connection.execute(unwritten, timeoutMilliseconds: 5_000)
            metrics.bookkeepingRows.add(unwrittenRows)
        } catch {
            logger.warning(
                "published rows could not be marked; they will be published again",
                [.rows: .int(unwrittenRows), .error: .string("\(error)")])
        }
        unwritten = ""
        unwrittenRows = 0
    }

    func enter(_ phase: RelayPhase) {
        state.enter(phase)
        metrics.phase(phase)
    }

    private func runSessions(_ yield: StopSignal) -> Ending {
        while true {
            if state.snapshot.phase != .standby { enter(.connecting) }
            var session: PollingSession?
            do throws(PollingInterruption) {
                try checkSignals(yield)
                let opened = try open()
                session = opened
                try PollingRounds(self, opened, yield).run()
            } catch {
                let delivered = settle(error, session)
                session?.connection.close()
                unwritten += delivered.marks
                unwrittenRows += delivered.rows
                if let ending = react(to: error) { return ending }
            }
        }
    }

    private func open() throws(PollingInterruption) -> PollingSession {
        let session: PollingSession
        do throws(PostgresError) { session = try PollingSession(options, polling, stop: stop) } catch { throw .postgres(error) }
        let connection = session.connection
        let address = "\(connection.host):\(connection.port)/\(connection.database)"
        let version = connection.serverVersion
        state.update { fields in
            fields.server = address
            fields.serverVersion = version
        }
        return session
    }

    func checkSignals(_ yield: StopSignal) throws(PollingInterruption) {
        if stop.isSet { throw .stopRequested }
        if yield.isSet { throw .yield(reason: "this instance is to stream") }
    }

    /// Ends what is under way and writes down what is known; returns what could not be written.
    private func settle(_ interruption: PollingInterruption, _ session: PollingSession?) -> (marks: String, rows: Int) {
        guard let publisher, let session, let marks = session.marks, publisher.batch != nil else { return ("", 0) }
        let patience: Int
        switch interruption {
        case .failed: patience = 1_000
        // Their time was given while waiting; and without a session the rows may be another publisher's already.
        case .stopRequested, .yield, .postgres: patience = 0
        }
        let outcome = publisher.abandon(milliseconds: patience)
        let text = marks.sql(outcome)
        let rows = outcome.number { $0 == .delivered }
        guard session.connection.isOpen, !text.isEmpty else { return (text, rows) }
        do throws(PostgresError) {
            try session.write(text)
            metrics.bookkeepingRows.add(rows)
            return ("", 0)
        } catch {
            logger.debug("what was published could not be marked yet", [.error: .string("\(error)")])
            return (text, rows)
        }
    }

    // MARK: After a session

    private func react(to interruption: PollingInterruption) -> Ending? {
        switch interruption {
        case .stopRequested: return .stopped
        case .yield(let reason):
            logger.info("polling ends: another way of publishing takes over", [.reason: .string(reason)])
            return .yielded(reason: reason)
        case .failed(let findings): return stop.isSet ? .stopped : .failed(findings)
        case .postgres(let error):
            if stop.isSet { return .stopped }
            metrics.restarts(reason: "postgres").add()
            if state.snapshot.phase == .polling { enter(.connecting) }
            switch ErrorPolicy.reaction(to: error, hasStreamed: hasPolled) {
            case .reconnect, .waitForSlot: report("the connection to PostgreSQL is lost; connecting again", error)
            case .reconnectSlowly: report("PostgreSQL refuses us; trying again slowly", error, slow: true)
            case .stop:
                return .failed([
                    Finding(
                        "postgres.error", .fail, object: "PostgreSQL", fact: "\(error)",
                        remedy: "outbox-relay doctor tells more")
                ])
            }
            return nil
        }
    }

    /// Says a trouble once, however often it is met, until rounds succeed again, and waits a little longer each time.
    private func report(_ message: StaticString, _ error: PostgresError, slow: Bool = false) {
        state.update { $0.lastProblem = "\(message): \(error)" }
        if isTroubleReported {
            logger.debug(message, [.error: .string("\(error)")])
        } else {
            logger.warning(message, [.error: .string("\(error)")])
        }
        isTroubleReported = true
        let delay = backoff.next(random: Double.random(in: 0..<1)) + (slow ? 2_000 : 0)
        _ = try? waitReadable([PollTarget(stop.fileDescriptor)], timeoutMilliseconds: delay)
    }
}
