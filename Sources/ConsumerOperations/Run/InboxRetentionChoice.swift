package import Configuration
package import Kafka
import Telemetry

/// What `inbox.retention` comes to in days.
///
/// `auto` looks at the topics of all consumers, also of those that run elsewhere: they share the inbox, and a day that is dropped is
/// dropped for all.
package enum InboxRetentionChoice {
    /// What a topic counts as whose retention nobody tells: the longest that this project's topics have.
    package static let assumedDays: Int64 = 30
    private static let dayMilliseconds: Int64 = 86_400_000

    /// - Parameter topics: the settings of each topic, as far as the cluster tells them; nil when it could not be asked: then nobody
    ///   knows what may be forgotten, and nothing is.
    /// - Returns: days, rounded up; 0: for ever.
    package static func days(_ setting: InboxRetentionSetting, topics: [Kafka.KafkaProperties?]?) -> Int64 {
        switch setting {
        case .forever: return 0
        case .span(let span): return (span.milliseconds + dayMilliseconds - 1) / dayMilliseconds
        case .auto: break
        }
        guard let topics else { return 0 }
        var longest: Int64 = 0
        for topic in topics {
            let retention = topic?["retention.ms"].flatMap { Int64($0) } ?? assumedDays * dayMilliseconds
            let isDeleted = topic?["cleanup.policy"].map { $0.contains("delete") } ?? true
            if retention < 0 || !isDeleted { return 0 }
            longest = max(longest, min(retention, 36_500 * dayMilliseconds))
        }
        return (longest + dayMilliseconds - 1) / dayMilliseconds + 1
    }

    /// Asks the cluster for the topics' settings; a topic that it does not tell about is nil. nil when it cannot be reached.
    static func ask(_ topics: [String], _ properties: Kafka.KafkaProperties, logger: Logger) -> [Kafka.KafkaProperties?]? {
        guard let admin = try? Admin(properties: properties.forProducer, logger: logger) else { return nil }
        defer { admin.close() }
        guard (try? admin.clusterReachable(timeoutMilliseconds: 5_000)) != nil else { return nil }
        var found: [Kafka.KafkaProperties?] = []
        for topic in topics {
            do throws(KafkaError) {
                let isThere = try admin.metadata(topic: topic, creatingMissing: false, timeoutMilliseconds: 5_000).exists
                found.append(isThere ? try admin.topicSettings(topic, timeoutMilliseconds: 5_000) : nil)
            } catch {
                // Gone in the middle is as good as never there; anything else is about this topic, or about our rights.
                if error.code == .localTransport || error.code == .localTimedOut { return nil }
                found.append(nil)
            }
        }
        return found
    }
}
