/// An event that a consumer writes to the outbox, in the transaction of its effects.
public struct OutboxMessage: Sendable {
    public var topic: String
    public var aggregateType: String
    public var aggregateID: String
    public var eventType: String
    /// nil: the aggregate's id.
    public var key: String?
    /// A JSON object as text.
    public var payload: String
    /// Passed on from the event that caused it.
    public var traceparent: String?

    public init(
        topic: String, aggregateType: String, aggregateID: String, eventType: String, key: String? = nil, payload: String,
        traceparent: String? = nil
    ) {
        self.topic = topic
        self.aggregateType = aggregateType
        self.aggregateID = aggregateID
        self.eventType = eventType
        self.key = key
        self.payload = payload
        self.traceparent = traceparent
    }
}
