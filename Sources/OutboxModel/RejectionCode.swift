/// Why an event cannot be published. The raw value is what the dead letter's `outbox_error_reason` says.
public enum RejectionCode: String, CaseIterable, Sendable {
    /// The row has not the columns that its table has, or a value that was not sent as text.
    case tupleMismatch = "tuple_mismatch"
    case idMissing = "id_missing"
    case aggregateIDMissing = "aggregate_id_missing"
    /// CloudEvents demands a type.
    case eventTypeMissing = "event_type_missing"
    case topicMissing = "topic_missing"
    case topicInvalid = "topic_invalid"
    case createdAtInvalid = "created_at_invalid"
    case payloadMissing = "payload_missing"
    /// Not JSON where the format needs it, or not what its column's type prints.
    case payloadInvalid = "payload_invalid"
    case headersNotAnObject = "headers_not_an_object"
    case headersInvalid = "headers_invalid"
    /// A value that has to be text is not UTF-8.
    case textInvalid = "text_invalid"
    /// Found by the relay, which knows the topic's limit.
    case messageTooLarge = "message_too_large"
    /// Found by the relay: the topic does not exist, or may not be written.
    case topicUnavailable = "topic_unavailable"
    /// Found by the relay: the broker refused the message.
    case refusedByBroker = "refused_by_broker"
}
