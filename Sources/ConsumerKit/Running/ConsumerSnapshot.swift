public import Kafka

/// A consumer's state at one moment, for `/status`, health and commands.
public struct ConsumerSnapshot: Sendable {
    public struct Partition: Sendable {
        public let place: TopicPartition
        /// The first offset that is not done.
        public let position: Int64
        /// Records between the position and the end of the partition; nil before it was asked for the first time.
        public let lag: Int64?
    }

    public struct Breaker: Sendable {
        public let dependency: String
        public let state: CircuitBreaker.State
    }

    public var name: String
    public var group: String
    public var state: ConsumerState
    /// Why it is halted, waiting or failed; empty otherwise.
    public var reason: String
    public var isReady: Bool
    public var partitions: [Partition]
    public var breakers: [Breaker]
    /// Records in memory.
    public var queued: Int
    public var applied: Int
    public var duplicates: Int
    public var skipped: Int
    /// Dead letters of this run.
    public var deadLetters: Int
    /// In the database, all instances together; nil before they were counted.
    public var openDeadLetters: Int64?
    public var parkedEvents: Int64?
    /// Age of the oldest record that is not applied, in seconds; nil when there is none.
    public var lagSeconds: Double?

    /// Of all its partitions together; nil until each is known.
    public var lag: Int64? {
        partitions.isEmpty || partitions.contains { $0.lag == nil } ? nil : partitions.reduce(0) { $0 + ($1.lag ?? 0) }
    }
}
