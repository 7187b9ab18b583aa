/// How far a client may be behind. Pure; times in milliseconds.
public struct SlowClientLimits: Sendable, Equatable {
    /// Bytes of events that it has been kept waiting for.
    public var bytes: Int
    /// How old the oldest event may get that waits for a client whose connection is blocked.
    public var age: Int64
    /// How long a client may take nothing at all, whatever the policy is.
    public var stall: Int64
    /// Bytes of answers that may wait: they are exempt from the limits above.
    public var control: Int
    /// How long a connection that is to be closed is given to take what comes before its end.
    public var closing: Int64

    public init(
        bytes: Int = 1 << 20, age: Int64 = 10_000, stall: Int64 = 60_000, control: Int = 1 << 16, closing: Int64 = 5_000
    ) {
        self.bytes = bytes
        self.age = age
        self.stall = stall
        self.control = control
        self.closing = closing
    }

    public enum Verdict: Sendable, Equatable {
        case fine
        /// Over a limit: the channels' policy decides.
        case tooSlow
        /// It takes nothing: close it.
        case stalled
    }

    /// What is to be said of a client whose connection is blocked.
    /// - Parameters:
    ///   - missedBytes: of events that wait for it.
    ///   - oldest: when the first of them came in, or the client fell behind.
    ///   - progress: when it took something last.
    ///   - isReplaying: it came back with a cursor and has not caught up yet: that the events are old is not its fault.
    public func judge(missedBytes: Int, oldest: Int64, progress: Int64, isReplaying: Bool, now: Int64) -> Verdict {
        if now - progress >= stall { return .stalled }
        if missedBytes > bytes { return .tooSlow }
        return now - (isReplaying ? progress : oldest) >= age ? .tooSlow : .fine
    }
}
