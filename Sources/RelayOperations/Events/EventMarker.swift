import OutboxModel

/// Names of headers that tell a message apart from an ordinary publication.
package enum EventMarker {
    /// Published again on purpose; the value is the time, ISO 8601.
    package static let replayedAt = "outbox_replayed_at"
    /// Published after it had been a dead letter; the value is `partition@offset` in the dead-letter topic.
    package static let retriedFrom = "outbox_retried_from"
}

extension MessageFormat {
    /// The header that carries the event id.
    var idHeader: String { self == .debezium ? "id" : "event_id" }
}
