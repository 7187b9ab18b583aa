/// Lets through so many things a second, and so many at once after a pause. Pure; times in milliseconds.
public struct TokenBucket: Sendable {
    public struct Rate: Sendable, Equatable {
        public var perSecond: Int
        public var burst: Int

        public init(perSecond: Int, burst: Int) {
            self.perSecond = perSecond
            self.burst = burst
        }
    }

    /// Thousandths of a token that were spent and have not come back.
    private var spent: Int64 = 0
    private var updated: Int64 = .min

    /// A full one.
    public init() {}

    /// Takes one out; false when it is empty.
    public mutating func take(_ rate: Rate, now: Int64) -> Bool {
        if now > updated {
            let passed = updated == .min ? 0 : min(now - updated, 1 << 32)
            spent = max(0, spent - passed * Int64(rate.perSecond))
            updated = now
        }
        guard spent + 1_000 <= Int64(rate.burst) * 1_000 else { return false }
        spent += 1_000
        return true
    }
}
