/// Names of the headers of a dead letter, beside event_id, event_type and aggregate_type.
public enum DeadLetterHeader: String, CaseIterable, Sendable {
    /// A `RejectionCode`.
    case reason = "outbox_error_reason"
    case message = "outbox_error_message"
    /// Where the event was to go, if that is known.
    case originalTopic = "outbox_original_topic"
    /// Position of the row's change in the log.
    case lsn = "outbox_lsn"
    case eventID = "outbox_event_id"
    /// ISO-8601, UTC.
    case failedAt = "outbox_failed_at"
    /// The payload's length in bytes, present when the payload was left out because the dead letter was too large.
    case omittedPayloadSize = "outbox_omitted_payload_bytes"
}
