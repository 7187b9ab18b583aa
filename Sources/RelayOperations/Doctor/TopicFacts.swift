/// What the cluster says about a topic that the relay writes to.
struct TopicFacts: Equatable, Sendable {
    var name: String
    /// The setting that names it.
    var setting: String
    var exists = true
    /// Why it is not usable, in the cluster's words.
    var problem: String?
    var partitions = 0
    /// Partitions without a leader.
    var leaderless = 0
    /// Of the partition with the fewest.
    var replicas = 0
    var inSyncReplicas = 0
    /// nil when the cluster does not tell.
    var maximumMessageBytes: Int?
    var minimumInSyncReplicas: Int?
    /// Whether brokers create missing topics; nil when they do not tell.
    var createsTopics: Bool?
}
