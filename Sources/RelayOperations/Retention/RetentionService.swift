import Configuration
import Glibc
import PostgresClient
import RelayCore
import ServiceRuntime
import Synchronization
import Telemetry

/// Removes old rows while the relay runs, on a thread and in a session of its own. Only the instance that publishes does it.
final class RetentionService: Sendable {
    /// The whole table is gone through this often; in between a run begins where the last one left rows.
    private static let wholePassEvery: Int64 = 3_600_000_000_000
    private static let quiet: Set<RelayPhase> = [.starting, .connecting, .standby, .snapshot, .draining, .stopped]

    private let settings: RetentionSettings
    private let options: RelayOptions
    private let state: RelayState
    private let metrics: RelayMetrics
    private let logger: Logger
    private let done: StopSignal
    private let thread = Mutex<OwnedThread?>(nil)

    /// nil when nothing is to be removed.
    init?(
        _ settings: RetentionSettings, options: RelayOptions, state: RelayState, metrics: RelayMetrics, logger: Logger
    ) throws(SystemError) {
        guard settings.published != nil || settings.dead != nil else { return nil }
        self.settings = settings
        self.options = options
        self.state = state
        self.metrics = metrics
        self.logger = logger
        done = try StopSignal()
    }

    func start() throws(SystemError) {
        let started = try OwnedThread.start(name: "retention") { self.run() }
        thread.withLock { $0 = started }
    }

    /// Returns when the batch under way is done.
    func finish() {
        done.set()
        thread.withLock { $0 }?.join()
    }

    private func run() {
        var resumeAfter: Int64?
        var wholePassAt = MonotonicTime.now()
        var lastTrouble = ""
        while !done.isSet {
            if !Self.quiet.contains(state.snapshot.phase) {
                if MonotonicTime.now() >= wholePassAt {
                    resumeAfter = nil
                    wholePassAt = MonotonicTime.now() + Self.wholePassEvery
                }
                do throws(OperationError) {
                    resumeAfter = try pass(resumeAfter)
                    lastTrouble = ""
                } catch {
                    // The same trouble is said once.
                    if error != RetentionRun.busy, error.description != lastTrouble, !done.isSet {
                        logger.warning("old rows were not removed", [.reason: .string(error.description)])
                        lastTrouble = error.description
                    }
                }
            }
            wait(Int64(settings.intervalMilliseconds))
        }
    }

    private func pass(_ resumeAfter: Int64?) throws(OperationError) -> Int64? {
        let begun = MonotonicTime.now()
        let session = try OperatorSession(options)
        defer { session.connection.close() }
        let run = try RetentionRun(
            session, ages: RetentionAges(published: settings.published, dead: settings.dead), batchSize: settings.batchSize)
        let isStopped = { self.done.isSet || Self.quiet.contains(self.state.snapshot.phase) }
        var counted: Int64 = 0
        let outcome = try run.perform(
            run.limits(isStopped: isStopped), resumeAfter: resumeAfter, isStopped: isStopped, pause: wait
        ) { outcome in
            self.metrics.retentionRows.add(Int(max(0, outcome.rows - counted)))
            counted = outcome.rows
        }
        if outcome.rows > 0 || !outcome.partitions.isEmpty {
            logger.info(
                "old rows removed",
                [
                    .table: .string("\(options.table)"), .rows: .int(Int(outcome.rows)),
                    .count: .int(outcome.partitions.count),
                    .durationMilliseconds: .int(Int((MonotonicTime.now() - begun) / 1_000_000)),
                ])
        }
        for note in outcome.notes { logger.warning("a partition was not dropped", [.reason: .string(note)]) }
        return outcome.resumeAfter
    }

    private func wait(_ milliseconds: Int64) {
        _ = try? waitReadable([PollTarget(done.fileDescriptor)], timeoutMilliseconds: milliseconds)
    }
}
