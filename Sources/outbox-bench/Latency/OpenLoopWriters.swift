import PostgresClient
import ServiceRuntime
import Synchronization

/// Sessions that write the events when they are due, each event in a transaction of its own, whichever session is free.
final class OpenLoopWriters: Sendable {
    private let schedule: Schedule
    private let events: Int
    private let firstMeasured: Int
    private let stop: StopSignal
    private let next = Atomic<Int>(0)
    private let results = Mutex(Results())
    private let threads = Mutex<[OwnedThread]>([])

    /// What the writers saw of the measured events.
    struct Results {
        /// From the due moment to the end of the commit, ns.
        var toCommit: [Int64] = []
        /// From sending the INSERT to the end of the commit, ns.
        var commits: [Int64] = []
        var failure: String?
    }

    /// - Parameter connections: one for each writer; they are used by the writers alone from now on.
    init(schedule: Schedule, events: Int, firstMeasured: Int, stop: StopSignal) {
        self.schedule = schedule
        self.events = events
        self.firstMeasured = firstMeasured
        self.stop = stop
    }

    /// Starts one thread with one session, made by `connect` on it.
    func start(_ index: Int, connect: @escaping @Sendable () throws -> Connection) throws {
        let thread = try OwnedThread.start(name: "writer-\(index)") { self.run(connect) }
        threads.withLock { $0.append(thread) }
    }

    /// Waits until all events are written or a writer failed.
    func finish() -> Results {
        for thread in threads.withLock({ $0 }) { thread.join() }
        return results.withLock { $0 }
    }

    /// Why a writer gave up, if one did.
    var failure: String? { results.withLock { $0.failure } }

    private func run(_ connect: () throws -> Connection) {
        var own = Results()
        do {
            let connection = try connect()
            while failure == nil, !stop.isSet {
                let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard number < events else { break }
                schedule.wait(for: number)
                let sent = MonotonicTime.now()
                try connection.execute("EXECUTE write_event(\(number))")
                guard number >= firstMeasured else { continue }
                let done = MonotonicTime.now()
                own.toCommit.append(done - schedule.due(number))
                own.commits.append(done - sent)
            }
        } catch { own.failure = "\(error)" }
        results.withLock { results in
            results.toCommit += own.toCommit
            results.commits += own.commits
            results.failure = results.failure ?? own.failure
        }
    }
}
