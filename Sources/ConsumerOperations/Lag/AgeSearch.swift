package import Kafka

/// The partitions of one consumer whose first waiting record is looked for, and how long. Times in ns of one clock. Pure.
package struct AgeSearch: Sendable {
    private static let patience: Int64 = 10_000_000_000
    private static let patienceAfterError: Int64 = 2_000_000_000

    /// Where to begin in each that is not found yet.
    package private(set) var open: [TopicPartition: Int64] = [:]
    private var deadline: Int64

    package init(_ lag: ConsumerLag, now: Int64) {
        deadline = now + Self.patience
        for partition in lag.partitions where partition.records > 0 {
            open[TopicPartition(partition.topic, partition.partition)] = partition.position
        }
    }

    package func isOver(now: Int64) -> Bool { open.isEmpty || now >= deadline }

    /// Returns whether it was open still.
    package mutating func close(_ place: TopicPartition) -> Bool { open.removeValue(forKey: place) != nil }

    /// One partition that cannot be read keeps nobody from the others' ages for long.
    package mutating func failed(now: Int64) { deadline = min(deadline, now + Self.patienceAfterError) }
}
