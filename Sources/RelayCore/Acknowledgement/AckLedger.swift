public import ByteCoding
public import ServiceRuntime
import Synchronization

/// The AckTracker between its threads: the replication thread opens and closes units, the delivery thread acknowledges,
/// the bookkeeper settles.
///
/// Every change is made under one lock, and what follows from it is done outside: rows go to the bookkeeper's queue, and the
/// replication thread is woken when it waits for room or for a position.
public final class AckLedger: Sendable {
    private struct State {
        var tracker: AckTracker
        /// Rows whose bookkeeping is due.
        var due: [RowBatch] = []
        /// The first delivery that failed for good; others follow from it. A refused message is the cause, whenever it is told.
        var failure: DeliveryFailure?
    }

    /// A report that says that an event will not arrive.
    public struct DeliveryFailure: Sendable, Equatable {
        public let unit: AckTracker.UnitID
        public let code: Int32
        public let name: String
        /// The broker refuses this message and would refuse it again.
        public let isPoison: Bool

        public init(unit: AckTracker.UnitID, code: Int32, name: String, isPoison: Bool) {
            self.unit = unit
            self.code = code
            self.name = name
            self.isPoison = isPoison
        }
    }

    /// What the replication thread looks at in each turn.
    public struct View: Sendable {
        public let confirmed: LSN
        public let received: LSN
        public let openEvents: Int
        public let openBytes: Int
        public let finishedEvents: UInt64
        /// Those that `confirmed` covers.
        public let confirmedEvents: UInt64
        public let isIdle: Bool
        public let failure: DeliveryFailure?
    }

    private let state: Mutex<State>
    /// Readable when something changed that the replication thread may wait for.
    public let progress: EventFD
    /// Readable when rows wait for the bookkeeper.
    public let bookkeeping: EventFD
    private let watchers = Atomic<Int>(0)

    public init(confirmed: LSN) throws(SystemError) {
        state = Mutex(State(tracker: AckTracker(confirmed: confirmed)))
        progress = try EventFD()
        bookkeeping = try EventFD()
    }

    // MARK: Replication thread

    public func open(at now: Int64, commitTime: Int64) -> AckTracker.UnitID {
        state.withLock { $0.tracker.open(at: now, commitTime: commitTime) }
    }

    public func close(_ unit: AckTracker.UnitID, produced: Int, bytes: Int, endLSN: LSN?, rows: RowBatch?) -> View {
        let (view, hasRows) = state.withLock { state -> (View, Bool) in
            let due = state.tracker.close(unit, produced: produced, bytes: bytes, endLSN: endLSN, rows: rows)
            if let due { state.due.append(due) }
            return (Self.view(state), due != nil)
        }
        if hasRows { bookkeeping.signal() }
        return view
    }

    public func keepalive(_ lsn: LSN) { state.withLock { $0.tracker.keepalive(lsn) } }

    public var view: View { state.withLock { Self.view($0) } }

    /// Takes the failure out, when the caller deals with it.
    public func takeFailure() -> DeliveryFailure? {
        state.withLock { state in
            defer { state.failure = nil }
            return state.failure
        }
    }

    /// From now on (or no longer) the replication thread waits for progress and wants to be woken by it.
    /// Calls nest. After the first, look again before waiting: what changed just before wakes nobody.
    public func watch(_ isWaiting: Bool) {
        watchers.wrappingAdd(isWaiting ? 1 : -1, ordering: .sequentiallyConsistent)
    }

    /// After a purge: forgets what is not delivered and clears the failure, which the view still tells; the stream is to be read
    /// again from the view's `received`.
    public func forgetUndelivered() -> View {
        state.withLock { state in
            let last = state.tracker.forgetUndelivered()
            state.due.removeAll { $0.unit > last }
            defer { state.failure = nil }
            return Self.view(state)
        }
    }

    // MARK: Delivery thread

    /// Kafka acknowledged events; `runs` is called under the lock with a function to call for each run of a unit's events,
    /// which returns the commit time of the unit (Unix µs), nil when it is unknown.
    public func acknowledge(_ runs: ((AckTracker.UnitID, Int) -> Int64?) -> Void) {
        let hasRows = state.withLock { state -> Bool in
            let before = state.due.count
            runs { unit, count in
                let time = state.tracker.commitTime(of: unit)
                if let rows = state.tracker.acknowledge(unit, count: count) { state.due.append(rows) }
                return time
            }
            return state.due.count > before
        }
        if hasRows { bookkeeping.signal() }
        wakeWatcher()
    }

    public func fail(_ failure: DeliveryFailure) {
        state.withLock { state in
            guard let known = state.failure, known.isPoison || !failure.isPoison else { return state.failure = failure }
        }
        progress.signal()
    }

    // MARK: Bookkeeper

    /// Takes rows of whole units, until `limit` rows are reached.
    public func takeDueRows(limit: Int) -> [RowBatch] {
        state.withLock { state in
            var taken = 0
            var count = 0
            while count < state.due.count, taken < limit {
                taken += state.due[count].publishedCount + state.due[count].dead.count
                count += 1
            }
            defer { state.due.removeFirst(count) }
            return Array(state.due.prefix(count))
        }
    }

    public func settle(_ units: [AckTracker.UnitID]) {
        state.withLock { state in for unit in units { state.tracker.settle(unit) } }
        wakeWatcher()
    }

    // MARK: Any thread

    public func oldest() -> (openedAt: Int64?, awaitsBookkeeping: Bool) {
        state.withLock { ($0.tracker.oldestOpenedAt, $0.tracker.oldestAwaitsBookkeeping) }
    }

    /// Wakes the replication thread if it waits.
    public func wakeWatcher() {
        if watchers.load(ordering: .sequentiallyConsistent) > 0 { progress.signal() }
    }

    private static func view(_ state: borrowing State) -> View {
        View(
            confirmed: state.tracker.confirmed, received: state.tracker.received, openEvents: state.tracker.openEvents,
            openBytes: state.tracker.openBytes, finishedEvents: state.tracker.finishedEvents,
            confirmedEvents: state.tracker.confirmedEvents, isIdle: state.tracker.isIdle,
            failure: state.failure)
    }
}
