/// What the cluster says about a topic that the relay writes to.
package struct TopicFacts: Equatable, Sendable {
    package var name: String
    /// The setting that names it.
    package var setting: String
    package var exists = true
    /// Why it is not usable, in the cluster's words.
    package var problem: String?
    package var partitions = 0
    /// Partitions without a leader.
    package var leaderless = 0
    /// Of the partition with the fewest.
    package var replicas = 0
    package var inSyncReplicas = 0
    /// nil when the cluster does not tell.
    package var maximumMessageBytes: Int?
    package var minimumInSyncReplicas: Int?
    /// Whether brokers create missing topics; nil when they do not tell.
    package var createsTopics: Bool?

    package init(name: String, setting: String) {
        self.name = name
        self.setting = setting
    }
}
