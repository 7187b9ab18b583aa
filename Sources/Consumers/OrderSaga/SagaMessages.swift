import ConsumerKit

/// The events that the saga writes about one order, caused by one request.
struct SagaMessages {
    let request: SagaRequest
    let order: SagaState.Order

    /// For stock, analytics and all others who count: topic `order.events`.
    func orderPaid(items: [SagaState.Item]) -> OutboxMessage {
        var payload = JSONObjectText()
        payload.add("order_id", request.order)
        payload.add("user_id", order.user)
        payload.add("total_amount", order.totalAmount)
        payload.add("date", CivilDay.text(CivilDay.number(ofMicroseconds: request.event.occurredAt)))
        payload.add(
            "items",
            items.map { item in
                var object = JSONObjectText()
                object.add("product_id", item.product)
                object.add("qty", item.quantity)
                object.add("price", item.price)
                return object
            })
        return message("ORDER_PAID", topic: "order.events", payload)
    }

    /// For the world outside: topic `data.platform`.
    func statusChanged(to status: OrderStatus) -> OutboxMessage {
        var payload = JSONObjectText()
        payload.add("order_id", request.order)
        payload.add("user_id", order.user)
        payload.add("status", status.rawValue)
        payload.add("total_amount", order.totalAmount)
        return message("ORDER_STATUS_CHANGED", topic: "data.platform", payload)
    }

    /// For the customer's browser.
    func orderCompleted() -> OutboxMessage {
        let text = "Order \(request.order) is confirmed."
        return UserEvent.message("ORDER_COMPLETED", user: order.user, text: text, cause: request.event) {
            $0.add("order_id", request.order)
            $0.add("order_number", String(request.order))
            $0.add("total_amount", order.totalAmount)
        }
    }

    private func message(_ eventType: String, topic: String, _ payload: JSONObjectText) -> OutboxMessage {
        OutboxMessage(
            topic: topic, aggregateType: "ORDER", aggregateID: String(request.order), eventType: eventType, payload: payload.text,
            traceparent: request.event.traceparent)
    }
}
