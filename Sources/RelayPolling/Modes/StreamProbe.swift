import PostgresClient
import PostgresReplication
package import RelayCore
package import ServiceRuntime
import Synchronization
package import Telemetry

/// While polling publishes: looks whether a stream is possible again, and after the slot that polling left behind.
///
/// A thread of its own with short-lived sessions, so that polling is never held up by it.
package final class StreamProbe: Sendable {
    private static let intervalMilliseconds: Int64 = 2_000

    private let options: RelayOptions
    private let policy: ReturnPolicy
    private let state: RelayState
    private let logger: Logger
    /// Set when a stream is to take over.
    private let yield: StopSignal
    private let done: StopSignal
    private let thread = Mutex<OwnedThread?>(nil)

    package init(
        options: RelayOptions, policy: ReturnPolicy, state: RelayState, yield: StopSignal, logger: Logger
    ) throws(SystemError) {
        self.options = options
        self.policy = policy
        self.state = state
        self.yield = yield
        self.logger = logger
        done = try StopSignal()
    }

    package func start() throws(SystemError) {
        let started = try OwnedThread.start(name: "stream-probe") { self.run() }
        thread.withLock { $0 = started }
    }

    /// Ends and joins the thread.
    package func finish() {
        done.set()
        thread.withLock { $0 }?.join()
    }

    private func run() {
        var possibleSince: Int64?
        var guardian = WALGuard(options.walLimits)
        while !done.isSet {
            let obstacle = look(&guardian)
            let now = MonotonicTime.now()
            possibleSince = obstacle == nil ? possibleSince ?? now : nil
            if let obstacle { state.update { $0.modeReason = "\(obstacle.object): \(obstacle.fact)" } }
            let seen = state.snapshot
            let observation = ReturnPolicy.Observation(
                now: now, possibleSince: possibleSince, caughtUpAt: seen.pollingCaughtUpAt,
                brokerAnsweredAt: seen.brokerAnsweredAt)
            if policy.mayReturn(observation) {
                yield.set()
                return
            }
            _ = try? waitReadable([PollTarget(done.fileDescriptor)], timeoutMilliseconds: Self.intervalMilliseconds)
        }
    }

    /// Why no stream is possible; nil when nothing stands in its way.
    private func look(_ guardian: inout WALGuard) -> Finding? {
        do throws(PostgresError) {
            let connection = try Connection.open(options.postgres.with(isReplication: true), stop: done)
            let facts = try ServerFactsReader(connection, isReplication: true).read(options)
            if let slot = facts.slot { watch(slot, &guardian) }
            if let failure = StartupChecks.evaluate(facts, options: options).first(where: { $0.severity == .fail }) {
                return failure
            }
            guard let identity = facts.identity else { return nil }
            if facts.slot?.isActive == true {
                // Another instance streams: let it, and stand by.
                if try PublisherLock(slot: options.slotName).isStreamOwner(connection) { return nil }
                return Finding(
                    "slot.busy", .fail, object: "slot \(options.slotName)", fact: "somebody else streams from it")
            }
            let plan = StartPlan.make(
                slotName: options.slotName, slot: facts.slot, checkpoint: facts.checkpoint, identity: identity,
                database: facts.database)
            if case .refuse(let finding) = plan { return finding }
            return nil
        } catch {
            return Finding("stream.unavailable", .fail, object: "replication connection", fact: "\(error)")
        }
    }

    /// The slot of a stream that became impossible keeps WAL all the same.
    private func watch(_ slot: ReplicationSlot, _ guardian: inout WALGuard) {
        guard let retained = slot.retainedWALBytes, !slot.isActive else { return }
        let reading = WALGuard.Reading(at: MonotonicTime.now(), retainedBytes: retained, safeBytes: slot.safeWALSize)
        guard let verdict = guardian.look(reading) else { return }
        if verdict.level == .release {
            SlotRelease(options: options, logger: logger, stop: done).perform()
        } else if verdict.isNews {
            verdict.warn(logger, slot: slot.name, retainedBytes: retained)
        }
    }
}
