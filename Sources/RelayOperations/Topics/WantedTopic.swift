public import Configuration

/// A topic as it should be.
public struct WantedTopic: Equatable, Sendable {
    /// How long Kafka keeps its records.
    public enum Retention: Equatable, Sendable, CustomStringConvertible {
        case forever
        case span(TimeSpan)

        /// `forever`, or a time span of at least a second.
        public init?(_ text: String) {
            if text == "forever" {
                self = .forever
                return
            }
            guard let span = try? TimeSpan(text), span.milliseconds >= 1_000 else { return nil }
            self = .span(span)
        }

        /// The value of `retention.ms`.
        package init(setting: Int64) { self = setting < 0 ? .forever : .span(TimeSpan(milliseconds: setting)) }

        /// What `retention.ms` is set to.
        package var setting: Int64 {
            switch self {
            case .forever: -1
            case .span(let span): span.milliseconds
            }
        }

        public var description: String {
            switch self {
            case .forever: "forever"
            case .span(let span): span.description
            }
        }
    }

    public var name: String
    public var partitions: Int
    public var retention: Retention
    /// What needs it, in a few words.
    public var purpose: String

    public init(name: String, partitions: Int, retention: Retention, purpose: String) {
        self.name = name
        self.partitions = partitions
        self.retention = retention
        self.purpose = purpose
    }

    /// Topic settings that it is created with.
    package func settings(replicationFactor: Int) -> [(key: String, value: String)] {
        var settings = [("cleanup.policy", "delete"), ("retention.ms", String(retention.setting))]
        // With three replicas and acks=all two of them hold an event before it counts, and one broker may be away.
        if replicationFactor >= 3 { settings.append(("min.insync.replicas", "2")) }
        return settings.map { (key: $0.0, value: $0.1) }
    }
}
