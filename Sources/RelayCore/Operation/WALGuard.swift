/// Watches how much WAL the server keeps for the slot, against the budget and the server's own limit (promise P6). Pure: readings
/// in, verdicts out.
public struct WALGuard: Sendable {
    public struct Limits: Sendable, Equatable {
        /// Most bytes of WAL that the slot may make the server keep; 0 is no budget.
        public var budgetBytes: Int64
        /// Whether the slot is given up before a limit is reached (`wal.budget.action=release`).
        public var releases: Bool

        public init(budgetBytes: Int64 = 0, releases: Bool = false) {
            self.budgetBytes = budgetBytes
            self.releases = releases
        }
    }

    public struct Reading: Sendable {
        /// Monotonic ns.
        public var at: Int64
        /// WAL kept for the slot.
        public var retainedBytes: Int64
        /// WAL that may still be written before the server gives the slot up; nil is unlimited.
        public var safeBytes: Int64?

        public init(at: Int64, retainedBytes: Int64, safeBytes: Int64?) {
            self.at = at
            self.retainedBytes = retainedBytes
            self.safeBytes = safeBytes
        }
    }

    public enum Level: Int, Comparable, Sendable {
        case calm, half, high, release

        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    public struct Verdict: Sendable, Equatable {
        public let level: Level
        /// The level was not said since it was last calm.
        public let isNews: Bool
        /// The nearer of the two limits, in bytes of retained WAL.
        public let limitBytes: Int64
        /// Retained WAL as a share of it.
        public let share: Double
        /// At the rate of the last readings; nil when the retained WAL does not grow.
        public let secondsToFull: Double?
    }

    /// A release takes some seconds: the readings' interval, the last deliveries, the end of the walsender.
    private static let releaseSeconds = 8.0
    private static let releaseShare = 0.9
    /// Retained WAL goes up and down with the server's checkpoints; below this a level may be said again.
    private static let calmShare = 0.3

    public let limits: Limits
    private var last: Reading?
    /// Bytes a second, smoothed.
    private var rate = 0.0
    private var saidLevel = Level.calm

    public init(_ limits: Limits) { self.limits = limits }

    /// nil when neither the budget nor the server limits the slot.
    public mutating func look(_ reading: Reading) -> Verdict? {
        follow(reading)
        let retained = max(0, reading.retainedBytes)
        let serverLimit = reading.safeBytes.map { retained + max(0, $0) }
        let budget = limits.budgetBytes > 0 ? limits.budgetBytes : nil
        guard let limit = [serverLimit, budget].compactMap({ $0 }).min(), limit > 0 else { return nil }
        let share = Double(retained) / Double(limit)
        let secondsToFull = rate > 0 ? max(0, Double(limit - retained) / rate) : nil
        let level = level(share, secondsToFull)
        if share < Self.calmShare, level == .calm { saidLevel = .calm }
        let isNews = level > saidLevel
        if isNews { saidLevel = level }
        return Verdict(level: level, isNews: isNews, limitBytes: limit, share: share, secondsToFull: secondsToFull)
    }

    private mutating func follow(_ reading: Reading) {
        defer { last = reading }
        guard let last, reading.at > last.at else { return }
        let seconds = Double(reading.at - last.at) / 1e9
        let now = Double(reading.retainedBytes - last.retainedBytes) / seconds
        // What the server removes at once says nothing about how fast it grows.
        rate = now < 0 ? 0 : rate == 0 ? now : rate * 0.5 + now * 0.5
    }

    private func level(_ share: Double, _ secondsToFull: Double?) -> Level {
        let isUrgent = share >= 0.5 && (secondsToFull ?? .infinity) < Self.releaseSeconds
        if limits.releases, share >= Self.releaseShare || isUrgent { return .release }
        return share >= 0.8 ? .high : share >= 0.5 ? .half : .calm
    }
}
