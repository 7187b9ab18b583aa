internal import Kafka
internal import ServiceRuntime
internal import Synchronization

/// What waits for one lane. The poll thread adds, the lane takes; what was taken counts until the lane says that it is done.
final class LaneQueue: Sendable {
    private struct State {
        var records: [QueuedRecord] = []
        var bytes = 0
        var takenRecords = 0
        var takenBytes = 0
        var isSleeping = false
    }

    private let state = Mutex(State())
    private let wakeUp: EventFD

    init() throws(SystemError) { wakeUp = try EventFD() }

    func add(_ record: QueuedRecord) {
        let isSleeping = state.withLock { state in
            state.records.append(record)
            state.bytes += record.bytes
            defer { state.isSleeping = false }
            return state.isSleeping
        }
        if isSleeping { wakeUp.signal() }
    }

    /// Takes what is there up to these limits, at least one record if there is any. What is taken counts as in work until ``done()``.
    func take(records limit: Int, bytes byteLimit: Int) -> [QueuedRecord] {
        state.withLock { state in
            var taken: [QueuedRecord] = []
            var bytes = 0
            for next in state.records.prefix(max(1, limit)) {
                if !taken.isEmpty, bytes + next.bytes > byteLimit { break }
                bytes += next.bytes
                taken.append(next)
            }
            // What was taken is the lane's alone: kept here as well, it would hold memory that nobody counts.
            if taken.count == state.records.count {
                state.records.removeAll(keepingCapacity: state.records.capacity <= 4_096)
            } else {
                state.records.removeFirst(taken.count)
            }
            state.bytes -= bytes
            state.takenBytes += bytes
            state.takenRecords += taken.count
            return taken
        }
    }

    /// Nothing is in work any more; what was not done comes first again.
    func done(returning rest: [QueuedRecord] = []) {
        state.withLock { state in
            state.takenRecords = 0
            state.takenBytes = 0
            guard !rest.isEmpty else { return }
            state.records = rest + state.records
            state.bytes = state.records.reduce(0) { $0 + $1.bytes }
        }
    }

    /// Drops what waits and does not satisfy the condition.
    func keep(_ isWanted: (QueuedRecord) -> Bool) {
        state.withLock { state in
            state.records = state.records.filter(isWanted)
            state.bytes = state.records.reduce(0) { $0 + $1.bytes }
        }
    }

    var isWorking: Bool { state.withLock { $0.takenRecords > 0 } }

    /// What waits or is in work.
    var load: (records: Int, bytes: Int) {
        state.withLock { ($0.records.count + $0.takenRecords, $0.bytes + $0.takenBytes) }
    }

    /// Record time of the oldest record that waits, in ms since 1970.
    var oldestTime: Int64? {
        state.withLock { $0.records.first?.record.timestampMilliseconds }
    }

    /// Ends a wait of the lane.
    func wake() { wakeUp.signal() }

    /// Sleeps until something is added or ``wake()`` is called; only for the lane.
    func sleepUntilWork(milliseconds: Int64) {
        let hasWork = state.withLock { state in
            state.isSleeping = state.records.isEmpty
            return !state.isSleeping
        }
        if hasWork { return }
        sleep(milliseconds: milliseconds)
        state.withLock { $0.isSleeping = false }
    }

    /// Sleeps until ``wake()`` is called or the time is over; only for the lane.
    func sleep(milliseconds: Int64) {
        _ = try? waitReadable([PollTarget(wakeUp.fileDescriptor)], timeoutMilliseconds: milliseconds)
        wakeUp.drain()
    }
}
