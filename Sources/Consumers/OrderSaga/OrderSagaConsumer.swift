public import ConsumerKit

/// Carries an order through payment: confirms it with all that follows, or fails it, and undoes what was done when it is cancelled.
///
/// Order, reservation, points and delivery move in one transaction with the events that tell of it; a step that is not possible is a
/// dead letter that left nothing behind. The stock itself is the stock consumer's (`domain.md` section 11).
public struct OrderSagaConsumer: EventConsumer {
    public let definition = ConsumerDefinition(
        name: "order-saga", topics: ["payment.events", "order.events"],
        eventTypes: ["PAYMENT_COMPLETED", "PAYMENT_FAILED", "ORDER_CANCELLED"],
        summary: "moves orders, reservations, points and deliveries by payments and cancellations")

    public init() {}

    public func apply(_ events: [ConsumedEvent], in transaction: EffectTransaction) throws(EffectError) {
        let (requests, refusals) = events.reading(SagaRequest.init)
        transaction.reject(refusals)
        guard !requests.isEmpty else { return }
        let tables = SagaTables(transaction: transaction)
        let plan = SagaPlan(requests, state: try tables.state(for: requests))
        try tables.write(plan)
        transaction.reject(plan.refusals)
        for message in plan.messages { transaction.publish(message) }
    }
}
