/// A routing policy that could never give a valid topic name.
public enum RoutingPolicyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Prefix and default topic together are no topic name.
    case defaultTopicInvalid(String)
    case deadLetterTopicInvalid(String)
    /// The prefix has a character that no topic name may have, or is too long.
    case prefixInvalid(String)
    /// The pattern has a character that no topic name may have, outside of its placeholders.
    case patternInvalid(String)
    /// The pattern names something else than `${aggregate_type}` and `${event_type}`.
    case placeholderUnknown(String)

    public var description: String {
        switch self {
        case .defaultTopicInvalid(let name): "\"\(name)\" is not a topic name"
        case .deadLetterTopicInvalid(let name): "\"\(name)\" is not a topic name"
        case .prefixInvalid(let prefix): "\"\(prefix)\" cannot begin a topic name"
        case .patternInvalid(let pattern): "\"\(pattern)\" cannot make a topic name"
        case .placeholderUnknown(let name):
            "unknown placeholder ${\(name)}: only ${aggregate_type} and ${event_type} exist"
        }
    }
}
