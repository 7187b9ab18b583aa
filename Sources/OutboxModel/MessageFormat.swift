/// What a Kafka message's value is made of.
public enum MessageFormat: String, CaseIterable, Sendable {
    /// A JSON object around the payload: event_id, occurred_at, aggregate_type, aggregate_id, event_type, payload, version.
    case envelope
    /// The payload column alone; NULL becomes a tombstone.
    case payload
    /// As Debezium's Outbox Event Router makes it: the payload alone, the event id in the header `id`.
    case debezium
    /// CloudEvents 1.0 in structured JSON mode.
    case cloudevents
}
