/// Delays between attempts: exponential up to a maximum, each drawn from the upper half of its step so that many clients of one
/// server do not come back at the same instant.
///
/// A pure value: the caller brings the random number and does the waiting.
public struct Backoff: Hashable, Sendable {
    /// Milliseconds of the first step and of the largest.
    public let initial: Int64
    public let maximum: Int64
    private let multiplier: Int64
    private var step: Int64

    /// `initial` and `maximum` in milliseconds. Values out of range are pulled into it: at least 1 ms, a maximum not below the
    /// first step, a multiplier of at least 1.
    public init(initial: Int64, maximum: Int64, multiplier: Int64 = 2) {
        self.initial = max(1, initial)
        self.maximum = max(self.initial, maximum)
        self.multiplier = max(1, multiplier)
        step = self.initial
    }

    /// The next delay in milliseconds, in half the step to the whole step; the step then grows. `random` in 0..<1.
    public mutating func next(random: Double) -> Int64 {
        let full = step
        let (grown, overflow) = step.multipliedReportingOverflow(by: multiplier)
        step = overflow ? maximum : min(maximum, grown)
        let fraction = random.isNaN ? 0 : min(max(random, 0), 1)
        let half = full / 2
        return half + Int64((Double(full - half) * fraction).rounded())
    }

    /// Begins again with the first step: to be called once an attempt held.
    public mutating func reset() {
        step = initial
    }
}
