/// When old records are removed, and how many at once: what is past its time goes in steps that a batch of events does not feel. Times in
/// milliseconds of one clock. Pure.
public struct CleanupSchedule: Sendable {
    /// At most that many go in one step.
    public static let rows = 10_000
    private static let interval: Int64 = 3_600_000
    private static let intervalAfterFailure: Int64 = 60_000

    private var next: Int64 = .min
    private var isRunning = false

    public init() {}

    /// Whether the caller is to take a step now. Nobody else is told so until it is finished.
    public mutating func begin(now: Int64) -> Bool {
        guard !isRunning, now >= next else { return false }
        isRunning = true
        return true
    }

    /// - Parameter removed: how many rows went; nil: it failed.
    public mutating func finish(removed: Int?, now: Int64) {
        isRunning = false
        guard let removed else {
            next = now + Self.intervalAfterFailure
            return
        }
        // A full step leaves more: the next batch goes on.
        next = removed >= Self.rows ? now : now + Self.interval
    }
}
