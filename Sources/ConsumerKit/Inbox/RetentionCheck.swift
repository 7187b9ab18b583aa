public import Kafka

/// Whether claims are kept as long as the topics keep the events: else an event could come again after its claim was dropped, and would
/// take effect twice. Pure.
public struct RetentionCheck: Sendable {
    /// - Parameters:
    ///   - days: how long claims are kept; 0: for ever.
    ///   - topics: the settings in force for each topic.
    /// - Returns: why the consumer must not start; nil when all is well.
    public static func objection(days: Int64, topics: [(name: String, settings: KafkaProperties)]) -> String? {
        guard days > 0 else { return nil }
        if days > EventDay.daysBack - 10 {
            return "the inbox cannot keep claims for \(days) days: at most \(EventDay.daysBack - 10), or 0 for ever"
        }
        for topic in topics {
            let isKept =
                topic.settings["cleanup.policy"].map { !$0.contains("delete") } ?? false
                || topic.settings["retention.ms"].flatMap { Int64($0) }.map { $0 < 0 } ?? false
            if isKept {
                return """
                    topic \(topic.name) keeps its events for ever, but the inbox forgets after \(days) days which were applied: \
                    set the inbox's retention to 0, or give the topic a retention.ms
                    """
            }
            guard let retention = topic.settings["retention.ms"].flatMap({ Int64($0) }) else { continue }
            if retention > days * 86_400_000 {
                return """
                    topic \(topic.name) keeps its events for \(retention / 86_400_000) days, but the inbox forgets after \(days) days \
                    which were applied: make the inbox's retention longer, or the topic's retention.ms shorter
                    """
            }
        }
        return nil
    }
}
