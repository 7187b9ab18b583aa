/// What a column of the outbox table is for. The raw value is its name in the relay's own table.
public enum ColumnRole: String, CaseIterable, Sendable {
    /// The event id; required.
    case id
    case sequence = "seq"
    case aggregateType = "aggregate_type"
    /// The aggregate's id, key of the message; required.
    case aggregateID = "aggregate_id"
    case eventType = "event_type"
    case topic
    case partitionKey = "partition_key"
    /// The event's body; required.
    case payload
    case headers
    case status
    case retryCount = "retry_count"
    case nextAttemptAt = "next_attempt_at"
    case errorMessage = "error_message"
    case lockedAt = "locked_at"
    case lockedBy = "locked_by"
    case createdAt = "created_at"
    case publishedAt = "published_at"
    case version

    /// Without this column no event can be published.
    public var isRequired: Bool {
        self == .id || self == .aggregateID || self == .payload
    }
}
