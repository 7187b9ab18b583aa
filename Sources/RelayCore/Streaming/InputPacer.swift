/// Whether the replication thread waits for the socket or lets data collect first. Pure.
///
/// A walsender flushes each message by itself: a reader that is a little faster than it wakes up for every one of them, and a
/// wake-up costs several times what the message does. Under load a short nap collects many messages for one wake-up and leaves
/// the processor to the walsender; below a few thousand messages a second nothing is delayed.
struct InputPacer {
    /// Length of a nap in ns.
    static let nap: Int64 = 1_000_000
    /// A wait shorter than this, in ns, several times in a row, means that messages come faster than we can sleep.
    private static let shortWait: Int64 = 1_000_000
    private static let shortWaitsBeforeNap = 3
    /// A nap that brought fewer frames than this was not worth it.
    private static let worthwhileFrames = 6

    private var shortWaits = 0
    private(set) var isNapping = false

    /// A wait for the socket ended with data.
    mutating func waited(nanoseconds: Int64) {
        guard nanoseconds < Self.shortWait else {
            shortWaits = 0
            return
        }
        shortWaits += 1
        if shortWaits >= Self.shortWaitsBeforeNap { isNapping = true }
    }

    /// All there was has been read.
    mutating func read(frames: Int) {
        guard isNapping, frames < Self.worthwhileFrames else { return }
        isNapping = false
        shortWaits = 0
    }
}
