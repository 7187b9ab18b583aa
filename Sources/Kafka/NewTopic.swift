/// A topic to be created.
public struct NewTopic: Hashable, Sendable {
    public var name: String
    /// -1 for the broker's default.
    public var partitions: Int
    /// -1 for the broker's default.
    public var replicationFactor: Int
    /// Topic settings such as `cleanup.policy`.
    public var settings: KafkaProperties

    public init(name: String, partitions: Int = -1, replicationFactor: Int = -1, settings: KafkaProperties = [:]) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.settings = settings
    }
}
