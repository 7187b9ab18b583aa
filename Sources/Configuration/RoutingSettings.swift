/// How an event finds its topic.
public struct RoutingSettings: Sendable {
    /// For events that name no topic and match no pattern; nil when there is none and such events are rejected.
    public let defaultTopic: String?
    /// Put before every topic's name.
    public let prefix: String
    /// Makes the topic when the topic column is absent or null; nil when there is none.
    public let pattern: TopicPattern?
}
