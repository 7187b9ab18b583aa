/// What the cluster says about a topic that exists.
package struct FoundTopic: Equatable, Sendable {
    package var partitions: Int
    /// Of the partition with the fewest.
    package var replicas: Int
    /// Settings in force; nil when the cluster does not tell.
    package var settings: [String: String]?
    /// Why it could not be looked at, in the cluster's words.
    package var problem: String?

    package init(partitions: Int = 0, replicas: Int = 0, settings: [String: String]? = nil, problem: String? = nil) {
        self.partitions = partitions
        self.replicas = replicas
        self.settings = settings
        self.problem = problem
    }
}
