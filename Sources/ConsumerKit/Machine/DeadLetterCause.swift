/// Why an event becomes a dead letter.
public struct DeadLetterCause: Hashable, Sendable {
    /// As in the header, the metric's label and the table.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The record is no event, or the database refuses what is in it.
        case badData = "bad_data"
        /// The consumer refused it for a reason of the business.
        case rejected
        /// It failed alone, every time, for another reason.
        case unknown
        /// An earlier event of its key became a dead letter, and it was to follow.
        case followed
    }

    /// What was being done with the event.
    public enum Stage: String, Hashable, Sendable, CaseIterable {
        /// Its record was read.
        case decode
        /// Its effects were made.
        case apply
    }

    public var kind: Kind
    public var stage: Stage
    /// A sentence without payload or key.
    public var reason: String
    public var attempts: Int
    /// Wall clock, microseconds since 1970.
    public var firstFailedAt: Int64
    public var lastFailedAt: Int64

    public init(
        _ kind: Kind, _ reason: String, stage: Stage = .apply, attempts: Int = 1, firstFailedAt: Int64, lastFailedAt: Int64
    ) {
        self.kind = kind
        self.stage = stage
        self.reason = reason
        self.attempts = attempts
        self.firstFailedAt = firstFailedAt
        self.lastFailedAt = lastFailedAt
    }

    /// Whether the event is a sign of bad data, which ``FloodGuard`` counts; a follower is not.
    public var countsAsBad: Bool { kind != .followed }
}
