/// Work that a `ServerLoop` was asked to do later. It is done whether or not this value is kept.
public struct LoopTimer: Sendable {
    let id: Int
    let loop: ServerLoop

    /// Ends the timer. On the loop's thread the work is not run any more after this call; from elsewhere it may be run once
    /// again, when the loop was about to. Any number of calls.
    public func cancel() {
        let id = id
        loop.perform { $0.removeTimer(id) }
    }
}
