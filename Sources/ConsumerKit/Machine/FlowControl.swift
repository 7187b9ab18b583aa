/// Decides whether more is read, by what is waiting in memory.
///
/// A full memory first only stops the reading for a moment, because pausing partitions makes librdkafka drop and fetch again what it
/// has; only when the moment passes without relief are they paused, and reading goes on for the sake of the group. Pure.
public struct FlowControl: Sendable {
    public struct Limits: Hashable, Sendable {
        public var records: Int
        public var bytes: Int
        /// How long reading may stand still, in ms: far below what the group tolerates.
        public var brakeMilliseconds: Int64

        public init(records: Int, bytes: Int, brakeMilliseconds: Int64 = 500) {
            self.records = max(1, records)
            self.bytes = max(1, bytes)
            self.brakeMilliseconds = brakeMilliseconds
        }
    }

    public enum Decision: Hashable, Sendable {
        /// Read on, what is paused by memory is to be resumed.
        case read
        /// Do not read for the moment.
        case brake
        /// Pause the partitions and keep polling.
        case pause
    }

    private enum State { case open, braking(since: Int64), paused }

    public let limits: Limits
    private var state = State.open

    public init(_ limits: Limits) { self.limits = limits }

    /// - Parameters:
    ///   - records, bytes: what is waiting or being worked on.
    ///   - now: monotonic ms.
    public mutating func decide(records: Int, bytes: Int, now: Int64) -> Decision {
        let isHigh = records >= limits.records || bytes >= limits.bytes
        let isLow = records * 2 <= limits.records && bytes * 2 <= limits.bytes
        switch state {
        case .open where isHigh:
            state = .braking(since: now)
            return .brake
        case .open: return .read
        case .braking where isLow:
            state = .open
            return .read
        case .braking(let since):
            guard now - since >= limits.brakeMilliseconds else { return .brake }
            state = .paused
            return .pause
        case .paused:
            guard isLow else { return .pause }
            state = .open
            return .read
        }
    }
}
