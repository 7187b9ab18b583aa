/// What the cluster says about one topic.
public struct TopicMetadata: Hashable, Sendable {
    /// One partition and where it lives.
    public struct Partition: Hashable, Sendable {
        public let id: Int32
        /// Node id of the leader; nil while there is none.
        public let leader: Int32?
        public let replicas: [Int32]
        public let inSyncReplicas: [Int32]
    }

    public let name: String
    /// In the order of their numbers; empty when the topic is not usable.
    public let partitions: [Partition]
    /// Why the topic is not usable: it does not exist, or we may not see it, or has no leader yet. nil when it is.
    public let error: KafkaError?

    public var exists: Bool { error?.code != .unknownTopicOrPartition && error?.code != .localUnknownTopic }
}
