/// Lets so many things happen per second, and some more at once after a pause.
struct TokenBucket: Sendable, Hashable {
    private let perSecond: Double
    private let capacity: Double
    private var tokens: Double
    private var filledAt: Int64

    /// - Parameters:
    ///   - perSecond: how many tokens come in a second; at least 1.
    ///   - burst: how many can be saved up; at least 1.
    ///   - now: nanoseconds of the monotonic clock. The bucket is full then.
    init(perSecond: Int, burst: Int, now: Int64) {
        self.perSecond = Double(max(1, perSecond))
        capacity = Double(max(1, burst))
        tokens = capacity
        filledAt = now
    }

    /// Takes a token, if there is one.
    mutating func take(now: Int64) -> Bool {
        tokens = min(capacity, tokens + Double(max(0, now - filledAt)) / 1e9 * perSecond)
        filledAt = max(filledAt, now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
