import ServiceRuntime
import Synchronization

/// Work that other threads leave for a loop. However much comes in before the loop looks, the loop is woken once.
final class Mailbox: Sendable {
    private struct State {
        var work: [@Sendable () -> Void] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let wake: EventFD

    init() throws(SystemError) {
        wake = try EventFD()
    }

    /// Becomes readable when there is work. Owned by this object.
    var fileDescriptor: Int32 {
        wake.fileDescriptor
    }

    /// Callable from every thread. After `close` the work is dropped, not run.
    func post(_ work: @escaping @Sendable () -> Void) {
        let isFirst = state.withLock { state in
            guard !state.isClosed else { return false }
            state.work.append(work)
            return state.work.count == 1
        }
        if isFirst {
            wake.signal()
        }
    }

    /// Everything that was posted so far, in its order.
    func take() -> [@Sendable () -> Void] {
        wake.drain()
        return state.withLock { state in
            let work = state.work
            state.work = []
            return work
        }
    }

    /// Drops what is left, and whatever comes.
    func close() {
        // Released outside the lock: what the closures hold may post when it goes.
        let dropped = state.withLock { state in
            state.isClosed = true
            let work = state.work
            state.work = []
            return work
        }
        _ = dropped
    }
}
