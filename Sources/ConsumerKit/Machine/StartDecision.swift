/// Where reading of a partition begins when it was assigned. The database is the truth, the group's offset is advice. Pure.
public struct StartDecision: Hashable, Sendable {
    public enum Finding: Hashable, Sendable {
        /// The group has no offset: everything is read, and the inbox knows what was applied.
        case noCommittedOffset
        /// The database has no high-water mark although the group has an offset: a database made anew or restored.
        case noHighWaterMark
        /// The mark lies behind the end: the topic was made anew.
        case topicMadeAnew(mark: Int64)
        /// The mark lies before the oldest record: the topic's retention removed that many offsets unread.
        case retentionPassed(missing: Int64)
    }

    public let offset: Int64
    public let finding: Finding?
    /// Whether the mark in the database has to be set to ``offset``, although it is higher.
    public var replacesMark: Bool { if case .topicMadeAnew? = finding { true } else { false } }

    /// - Parameters:
    ///   - highWater: the first offset that is not done according to the database.
    ///   - committed: the group's offset.
    ///   - low, high: the oldest record still there, and behind the newest.
    public static func decide(highWater: Int64?, committed: Int64?, low: Int64, high: Int64) -> StartDecision {
        guard let highWater else {
            return StartDecision(offset: low, finding: committed == nil ? nil : .noHighWaterMark)
        }
        if highWater > high { return StartDecision(offset: low, finding: .topicMadeAnew(mark: highWater)) }
        if highWater < low { return StartDecision(offset: low, finding: .retentionPassed(missing: low - highWater)) }
        guard committed != nil else { return StartDecision(offset: low, finding: .noCommittedOffset) }
        return StartDecision(offset: highWater, finding: nil)
    }
}
