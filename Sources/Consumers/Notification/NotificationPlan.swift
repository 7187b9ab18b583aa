public import ConsumerKit

/// What a batch of order events means for users' notifications. Pure: the same events give the same plan.
public struct NotificationPlan: Sendable {
    /// A row of `notifications`.
    public struct Row: Sendable {
        public let event: ConsumedEvent
        public let user: Int64
        public let order: Int64
        public let message: String
    }

    public let rows: [Row]
    public let refusals: [RejectedEvent]

    public init(_ events: [ConsumedEvent]) { (rows, refusals) = events.reading(Self.row) }

    private static func row(_ event: ConsumedEvent) throws(PayloadError) -> Row {
        let user = try event.payload.integer("user_id")
        let order = try event.payload.integer("order_id")
        let message =
            switch event.eventType {
            case "ORDER_CREATED": "Order \(order) has been received."
            case "ORDER_PAID": "Order \(order) has been paid."
            case "ORDER_CANCELLED": "Order \(order) has been cancelled."
            default: throw PayloadError("no notification is known for this event type")
            }
        return Row(event: event, user: user, order: order, message: message)
    }
}
