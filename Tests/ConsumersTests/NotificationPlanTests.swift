import ConsumerKit
import Consumers
import Testing

struct `Notification plan` {
    @Test(arguments: [
        ("ORDER_CREATED", "Order 7 has been received."), ("ORDER_PAID", "Order 7 has been paid."),
        ("ORDER_CANCELLED", "Order 7 has been cancelled."),
    ])
    func `each kind of order event has its message`(type: String, message: String) throws {
        let plan = NotificationPlan([try Events.event(1, type, #"{"order_id": 7, "user_id": 3, "extra": []}"#)])
        #expect(plan.rows.map(\.message) == [message])
        #expect(plan.rows.map(\.user) == [3])
        #expect(plan.refusals.isEmpty)
    }

    @Test(arguments: [
        (#"{"order_id": 7}"#, "user_id is missing"), (#"{"user_id": 7}"#, "order_id is missing"),
        (#"{"order_id": 7, "user_id": "x"}"#, "user_id is not an integer"),
    ])
    func `a missing or wrong field is named and hurts no other event`(payload: String, reason: String) throws {
        let good = #"{"order_id": 7, "user_id": 3}"#
        let plan = NotificationPlan([
            try Events.event(1, "ORDER_PAID", good), try Events.event(2, "ORDER_PAID", payload),
            try Events.event(3, "ORDER_PAID", good),
        ])
        #expect(plan.rows.map(\.event.id) == [Events.id(1), Events.id(3)])
        #expect(plan.refusals.map(\.reason) == [reason])
        #expect(plan.refusals.map(\.event.id) == [Events.id(2)])
    }
}
