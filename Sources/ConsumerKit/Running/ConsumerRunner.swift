internal import Kafka
internal import ServiceRuntime
internal import Synchronization
public import Telemetry

/// Runs one consumer: a thread that is the member of its group, `lanes` threads that apply batches, and one that looks after lag and
/// retention.
///
/// Every member may be called from any thread.
public final class ConsumerRunner: Sendable {
    private let shared: RunnerShared
    private let threads = Mutex<[OwnedThread]>([])
    private let keeperStop: StopSignal

    public let definition: ConsumerDefinition

    /// - Parameters:
    ///   - consumer: what is to be run.
    ///   - registry: takes the metrics `outbox_consumer_...`, labelled with the consumer's name.
    /// - Throws: descriptors ran out.
    public init(
        consumer: any EventConsumer, settings: ConsumerKitSettings, registry: MetricRegistry, logger: Logger
    ) throws(ConsumerStartError) {
        do throws(SystemError) {
            shared = try RunnerShared(consumer: consumer, settings: settings, registry: registry, logger: logger)
            keeperStop = try StopSignal()
        } catch { throw ConsumerStartError("\(error)") }
        definition = consumer.definition
    }

    /// Starts the threads and returns. What then goes wrong, ``snapshot`` and ``join()`` tell.
    public func start() throws(ConsumerStartError) {
        let shared = shared
        let keeperStop = keeperStop
        do throws(SystemError) {
            let main = try OwnedThread.start(name: "poll-\(definition.name)") { RunnerLife(shared, keeperStop).run() }
            threads.withLock { $0 = [main] }
        } catch { throw ConsumerStartError("\(error)") }
    }

    /// Begins the stop: the transactions that run are finished, offsets are committed, the group is left. Returns at once.
    public func requestStop() {
        shared.isStopping.store(true, ordering: .releasing)
        shared.wakeAll()
    }

    /// Waits for the end.
    public func join() -> ConsumerOutcome {
        for thread in threads.withLock({ $0 }) { thread.join() }
        return outcome ?? .failed(reason: "it was never started")
    }

    /// nil while it runs.
    public var outcome: ConsumerOutcome? { shared.status.withLock { $0.outcome } }

    /// False when a thread that has work did not move for the settings' watchdog time: only a new process helps then.
    public var isLive: Bool {
        let now = MonotonicTime.now()
        let limit = shared.settings.watchdogMilliseconds * 1_000_000
        guard outcome == nil else { return true }
        return shared.turns.withLock { $0 }.enumerated().allSatisfy { index, turn in
            let mustMove = index == shared.queues.count || shared.queues[index].isWorking
            return !mustMove || now - turn < limit
        }
    }

    /// Whether it applies events, or would if there were any; else why not.
    public var readiness: (isReady: Bool, reason: String) {
        let status = shared.status.withLock { $0 }
        switch status.state {
        case .running:
            if let problem = status.databaseProblem { return (false, "Postgres does not answer: \(problem)") }
            if let problem = status.brokerProblem { return (false, "Kafka does not answer: \(problem)") }
            return isLive ? (true, "") : (false, "a thread does not move")
        case .starting: return (false, status.lastProblem.isEmpty ? "starting" : "starting: \(status.lastProblem)")
        case .waiting, .halted, .failed: return (false, status.reason)
        case .draining, .stopped: return (false, status.state.rawValue)
        }
    }

    public var snapshot: ConsumerSnapshot {
        let status = shared.status.withLock { $0 }
        let watermarks = shared.ledger.withLock { $0.watermarks }
        let (isReady, reason) = readiness
        return ConsumerSnapshot(
            name: definition.name, group: shared.group, state: status.state, reason: reason, isReady: isReady,
            partitions: watermarks.sorted { $0.key < $1.key }.map { place, mark in
                ConsumerSnapshot.Partition(place: place, position: mark, lag: status.ends[place].map { max(0, $0 - mark) })
            },
            breakers: shared.breakers.states.map { ConsumerSnapshot.Breaker(dependency: $0.dependency, state: $0.state) },
            queued: shared.load.records, applied: status.applied, duplicates: status.duplicates, skipped: status.skipped,
            deadLetters: status.deadLetters, openDeadLetters: status.openDeadLetters, parkedEvents: status.parked,
            lagSeconds: status.lagSeconds)
    }
}
