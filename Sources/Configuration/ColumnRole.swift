/// What a column of the outbox table holds. The raw value is the setting's name behind `column.`.
public enum ColumnRole: String, CaseIterable, Sendable {
    case id
    case seq
    case aggregateType = "aggregate_type"
    case aggregateID = "aggregate_id"
    case eventType = "event_type"
    case topic
    case partitionKey = "partition_key"
    case payload
    case headers
    case status
    case createdAt = "created_at"
    case version
    case publishedAt = "published_at"
    case errorMessage = "error_message"
    case retryCount = "retry_count"
    case nextAttemptAt = "next_attempt_at"
    case lockedAt = "locked_at"
    case lockedBy = "locked_by"

    /// Without it there is no event.
    public var isRequired: Bool { self == .id || self == .aggregateID || self == .payload }
}
