/// An event that a consumer refused for a reason of the business or because its payload cannot be used.
public struct RejectedEvent: Sendable {
    public let event: ConsumedEvent
    /// A sentence without payload or key, for logs and the dead letter's headers.
    public let reason: String

    public init(event: ConsumedEvent, reason: String) {
        self.event = event
        self.reason = reason
    }
}
