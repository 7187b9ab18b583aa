/// Names of the headers that a consumer's dead letter has beside those of the record, which stay as they were.
public enum DeadLetterHeader: String, CaseIterable, Sendable {
    case consumer = "dlq_consumer"
    /// The definition's ``ConsumerDefinition/version``.
    case consumerVersion = "dlq_consumer_version"
    case group = "dlq_group"
    case topic = "dlq_original_topic"
    case partition = "dlq_original_partition"
    case offset = "dlq_original_offset"
    /// Milliseconds since 1970.
    case timestamp = "dlq_original_timestamp"
    /// CreateTime or LogAppendTime, as Kafka names them.
    case timestampType = "dlq_original_timestamp_type"
    /// decode or apply.
    case stage = "dlq_stage"
    case errorClass = "dlq_error_class"
    case reason = "dlq_reason"
    case attempts = "dlq_attempts"
    /// ISO 8601, UTC.
    case firstFailedAt = "dlq_first_failed_at"
    case lastFailedAt = "dlq_last_failed_at"
    /// As far as the record tells one.
    case eventID = "dlq_event_id"
    /// SHA-256 of the value in hexadecimal digits; absent for a tombstone.
    case valueSHA256 = "dlq_value_sha256"
    /// Host and process that gave up: `host/pid`.
    case instance = "dlq_instance"
    /// Bytes of the value when the dead-letter topic takes no message of this size; the table has the value.
    case omittedValueBytes = "dlq_omitted_value_bytes"
}
