public import ConsumerKit

/// What an event asks of the saga.
public struct SagaRequest: Sendable {
    public enum Step: Sendable, Equatable {
        /// The order is paid: so much money, and so many points on top.
        case confirm(points: Int64)
        /// The payment did not come.
        case fail
        /// The customer cancelled; what was done for the order is undone.
        case cancel
    }

    public let event: ConsumedEvent
    public let order: Int64
    /// As the event names it; nil when it does not.
    public let user: Int64?
    public let step: Step

    /// Throws what is missing in the payload, or cannot be.
    public init(_ event: ConsumedEvent) throws(PayloadError) {
        self.event = event
        order = try event.payload.integer("order_id")
        user = try event.payload.optionalInteger("user_id")
        switch event.eventType {
        case "PAYMENT_COMPLETED":
            let points = try event.payload.optionalInteger("points_used") ?? 0
            guard points >= 0 else { throw PayloadError("points_used is negative") }
            step = .confirm(points: points)
        case "PAYMENT_FAILED": step = .fail
        case "ORDER_CANCELLED": step = .cancel
        default: throw PayloadError("the saga knows no such event type")
        }
    }
}
