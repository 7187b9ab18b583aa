public import Kafka

/// An event as a consumer sees it: the envelope's members (`domain.md` section 3), read, and where it lies in Kafka.
public struct ConsumedEvent: Sendable {
    /// The event's id, lower-case UUID text: what makes a repetition recognisable.
    public let id: String
    /// Microseconds since 1970, UTC.
    public let occurredAt: Int64
    public let aggregateType: String
    public let aggregateID: String
    public let eventType: String
    /// Of the envelope's format, not of the aggregate.
    public let version: Int
    /// The event's own body: a JSON object.
    public let payload: JSONView
    public let place: TopicPartition
    public let offset: Int64
    /// The Kafka key; events with one key are in order.
    public let key: [UInt8]?
    /// The W3C trace context that came with it, to be passed on with what follows from the event.
    public let traceparent: String?

    public init(
        id: String, occurredAt: Int64, aggregateType: String, aggregateID: String, eventType: String, version: Int,
        payload: JSONView, place: TopicPartition, offset: Int64, key: [UInt8]?, traceparent: String?
    ) {
        self.id = id
        self.occurredAt = occurredAt
        self.aggregateType = aggregateType
        self.aggregateID = aggregateID
        self.eventType = eventType
        self.version = version
        self.payload = payload
        self.place = place
        self.offset = offset
        self.key = key
        self.traceparent = traceparent
    }
}
