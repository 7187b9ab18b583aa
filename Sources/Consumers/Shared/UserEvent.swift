import ConsumerKit

/// Events for one user's browser: topic `realtime.events`, aggregate USER, the user's id as key (`domain.md` section 10).
enum UserEvent {
    static let topic = "realtime.events"

    /// - Parameters:
    ///   - cause: the event that this one tells the user about: its time becomes the timestamp, its trace goes on.
    ///   - members: what follows the three members that all such events have.
    static func message(
        _ eventType: String, user: Int64, text: String, cause: ConsumedEvent, members: (inout JSONObjectText) -> Void
    ) -> OutboxMessage {
        var payload = JSONObjectText()
        payload.add("user_id", user)
        payload.add("message", text)
        payload.add("timestamp", InstantText.milliseconds(cause.occurredAt))
        members(&payload)
        return OutboxMessage(
            topic: topic, aggregateType: "USER", aggregateID: String(user), eventType: eventType, payload: payload.text,
            traceparent: cause.traceparent)
    }
}
