import ConsumerKit

/// How far one consumer is in one partition. Offsets are of the next record; pure.
package struct PartitionLag: Equatable, Sendable {
    package let topic: String
    package let partition: Int32
    /// What the group has committed; nil: nothing.
    package let committed: Int64?
    /// The database's high-water mark, which counts; nil: nothing was applied yet.
    package let applied: Int64?
    /// Of the oldest record that is still there, and behind the newest.
    package let start: Int64
    package let end: Int64
    /// When the first record that is not applied was written, in ms since 1970; nil while nobody has looked, or there is none.
    package var waitingSince: Int64?
    /// Whether somebody looked and found no record up to the end: what lies there are marks of transactions.
    package var isExhausted = false

    package init(topic: String, partition: Int32, committed: Int64?, applied: Int64?, start: Int64, end: Int64) {
        self.topic = topic
        self.partition = partition
        self.committed = committed
        self.applied = applied
        self.start = start
        self.end = end
    }

    /// From where a start would go on.
    package var position: Int64 {
        StartDecision.decide(highWater: applied, committed: committed, low: start, high: end).offset
    }

    package var records: Int64 { isExhausted ? 0 : max(0, end - position) }

    /// - Parameter now: ms since 1970.
    package func seconds(now: Int64) -> Double? {
        guard records > 0 else { return 0 }
        return waitingSince.map { Double(max(0, now - $0)) / 1_000 }
    }
}
