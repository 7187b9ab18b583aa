/// Which topic an event goes to.
///
/// The row's topic column decides; when that is absent, NULL or empty, the pattern does; when there is no pattern, or a
/// value that it needs is NULL or empty, the default topic. The prefix comes before any of them, not before the
/// dead-letter topic.
public struct RoutingPolicy: Sendable {
    /// For events that name no topic; `nil` when there is none.
    public let defaultTopic: String?
    /// Put before every topic but the dead-letter topic; may be empty.
    public let prefix: String
    /// For rejected events.
    public let deadLetterTopic: String
    /// A topic name with `${aggregate_type}` and `${event_type}` in it.
    public let pattern: String?
    let parts: [TopicPattern.Part]

    /// Checks everything that does not depend on a row.
    public init(
        defaultTopic: String?, prefix: String = "", deadLetterTopic: String, pattern: String? = nil
    ) throws(RoutingPolicyError) {
        guard prefix.isEmpty || TopicName.isValid(prefix + "x") else { throw .prefixInvalid(prefix) }
        if let defaultTopic, !TopicName.isValid(prefix + defaultTopic) || defaultTopic.isEmpty {
            throw .defaultTopicInvalid(prefix + defaultTopic)
        }
        guard TopicName.isValid(deadLetterTopic) else { throw .deadLetterTopicInvalid(deadLetterTopic) }
        self.defaultTopic = defaultTopic
        self.prefix = prefix
        self.deadLetterTopic = deadLetterTopic
        self.pattern = pattern
        parts = if let pattern { try TopicPattern(pattern).parts } else { [] }
    }
}
