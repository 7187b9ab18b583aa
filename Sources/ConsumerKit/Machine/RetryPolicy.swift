internal import ServiceRuntime

/// How often and how fast what failed is tried again. Pure: the random number comes in.
public struct RetryPolicy: Hashable, Sendable {
    /// Attempts after the first one, for an event that fails alone for a reason unknown.
    public var retries: Int
    /// Milliseconds of the first wait and of the longest; each is drawn from the upper half of its step, and steps double.
    public var initialMilliseconds: Int64
    public var maximumMilliseconds: Int64

    public init(retries: Int = 3, initialMilliseconds: Int64 = 200, maximumMilliseconds: Int64 = 10_000) {
        self.retries = max(0, retries)
        self.initialMilliseconds = max(1, initialMilliseconds)
        self.maximumMilliseconds = max(self.initialMilliseconds, maximumMilliseconds)
    }

    /// The wait after this failed attempt, the first being 1. `random` in 0..<1.
    public func delay(afterAttempt attempt: Int, random: Double) -> Int64 {
        var backoff = Backoff(initial: initialMilliseconds, maximum: maximumMilliseconds)
        for _ in 1..<max(1, min(attempt, 32)) { _ = backoff.next(random: 0) }
        return backoff.next(random: random)
    }
}
