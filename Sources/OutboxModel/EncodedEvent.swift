/// A Kafka message, as places in the encoder's bytes (`EventEncoder.withBytes`), valid until the encoder's next event.
///
/// Its headers are the encoder's (`EventEncoder.headerCount`, `header(at:)`).
public struct EncodedEvent: Equatable, Sendable {
    /// What became of a row.
    public enum Outcome: Equatable, Sendable {
        case event(EncodedEvent)
        /// Nothing to publish but a dead letter (`EventEncoder.encodeDeadLetter`).
        case rejected(Rejection)
    }

    public let topic: TopicID
    /// `nil` only for a dead letter whose row has no aggregate id.
    public let key: Range<Int>?
    /// `nil` for a tombstone.
    public let value: Range<Int>?
    /// The event's id as text; empty only for a dead letter whose row has none.
    public let eventID: Range<Int>
    /// What librdkafka counts against `message.max.bytes`: key, value and headers (3 bytes more each) and 36.
    public let encodedSize: Int
}
