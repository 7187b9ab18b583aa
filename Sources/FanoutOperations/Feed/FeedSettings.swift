import Kafka

/// What is read and from when on.
struct FeedSettings: Sendable {
    let topic: String
    let properties: KafkaProperties
    /// Milliseconds.
    let historyAge: Int64
    let historyEvents: Int
}
