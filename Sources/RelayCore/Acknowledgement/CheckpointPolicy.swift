public import ByteCoding

/// When the confirmed position is written to the checkpoint table. Pure: times are the caller's, in nanoseconds.
///
/// The slot is told a position only after it was stored here. So the slot never stands beyond the stored checkpoint by our
/// doing, and at the next start a slot that does was advanced by somebody else (promise P7).
///
/// Writing moves the WAL, which brings a keepalive, which could be confirmed and written: idle WAL is therefore written seldom.
public struct CheckpointPolicy {
    /// Between two writes when events were finished.
    static let busyInterval: Int64 = 1_000_000_000
    /// Idle WAL of this many bytes is confirmed after `idleInterval`; less than that (our own writes) after `quietInterval`.
    static let idleBytes: UInt64 = 1_024
    static let idleInterval: Int64 = 10_000_000_000
    static let quietInterval: Int64 = 60_000_000_000

    public private(set) var stored: LSN
    private var storedEvents: UInt64 = 0
    private var storedAt: Int64
    private var hasWritten = false

    public init(stored: LSN, now: Int64) {
        self.stored = stored
        storedAt = now
    }

    /// Whether `confirmed` is to be written now. `isFinal`: the relay is stopping, whatever moved is written.
    public func isDue(confirmed: LSN, finishedEvents: UInt64, at now: Int64, isFinal: Bool = false) -> Bool {
        guard confirmed > stored else { return false }
        if isFinal { return true }
        // The first events are stored at once: a relay that never lives for a second must get ahead all the same.
        if finishedEvents > storedEvents { return !hasWritten || now - storedAt >= CheckpointPolicy.busyInterval }
        let moved = confirmed.bytes(since: stored)
        return now - storedAt
            >= (moved >= CheckpointPolicy.idleBytes ? CheckpointPolicy.idleInterval : CheckpointPolicy.quietInterval)
    }

    /// The earliest moment at which something could become due.
    public func nextCheck(after now: Int64) -> Int64 { max(now, storedAt + CheckpointPolicy.busyInterval) }

    public mutating func wrote(_ lsn: LSN, finishedEvents: UInt64, at now: Int64) {
        stored = max(stored, lsn)
        storedEvents = finishedEvents
        hasWritten = true
        storedAt = now
    }
}
