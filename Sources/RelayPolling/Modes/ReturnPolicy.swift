/// When polling gives way to a stream that is possible again. Pure; times are monotonic ns.
///
/// The handover publishes what polling left, while the new slot already keeps WAL: so it begins when polling has caught up, or
/// after a while when it never does under steady load.
package struct ReturnPolicy: Sendable {
    package struct Observation: Sendable {
        package var now: Int64
        /// Since when a stream has been possible without interruption; nil while it is not.
        package var possibleSince: Int64?
        /// The last time a claim found less than it asked for.
        package var caughtUpAt: Int64?
        package var brokerAnsweredAt: Int64?

        package init(now: Int64, possibleSince: Int64?, caughtUpAt: Int64?, brokerAnsweredAt: Int64?) {
            self.now = now
            self.possibleSince = possibleSince
            self.caughtUpAt = caughtUpAt
            self.brokerAnsweredAt = brokerAnsweredAt
        }
    }

    private static let second: Int64 = 1_000_000_000
    private static let shortestStay = 2 * second
    private static let longestStay = 60 * second
    private static let fresh = 10 * second
    private static let patience = 30 * second

    /// When polling began.
    private let since: Int64
    private let stay: Int64
    /// The slot was given up because of its WAL: a new one before the backlog is gone would be given up again.
    private let onlyCaughtUp: Bool

    /// - Parameter attempts: streams that ended soon after their beginning, in a row; each doubles the shortest stay.
    package init(since: Int64, attempts: Int, onlyCaughtUp: Bool) {
        self.since = since
        stay = min(Self.longestStay, Self.shortestStay << Int64(min(attempts, 6)))
        self.onlyCaughtUp = onlyCaughtUp
    }

    package func mayReturn(_ seen: Observation) -> Bool {
        guard seen.now - since >= stay, let possible = seen.possibleSince else { return false }
        // Without a broker the new slot would only collect WAL.
        guard let answered = seen.brokerAnsweredAt, seen.now - answered < Self.fresh else { return false }
        if let caughtUp = seen.caughtUpAt, caughtUp >= since, seen.now - caughtUp < Self.fresh { return true }
        return !onlyCaughtUp && seen.now - possible >= Self.patience
    }
}
