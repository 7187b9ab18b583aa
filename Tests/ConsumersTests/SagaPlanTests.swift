import ConsumerKit
import Consumers
import Testing

struct `Saga plan` {
    private func state(_ status: OrderStatus, balance: Int64? = 100) -> SagaState {
        var state = SagaState()
        state.orders[7] = .init(user: 3, status: status, totalAmount: 900)
        state.items[7] = [.init(product: 1, quantity: 2, price: 450)]
        state.balances[3] = balance
        return state
    }

    private func request(
        _ number: Int, _ type: String, points: Int64? = nil, order: Int64 = 7, user: Int64 = 3
    ) throws -> SagaRequest {
        let used = points.map { #", "points_used": \#($0)"# } ?? ""
        return try SagaRequest(Events.event(number, type, #"{"order_id": \#(order), "user_id": \#(user)\#(used)}"#))
    }

    @Test func `a payment confirms order and reservation, takes points, makes a delivery, and tells of it`() throws {
        let plan = SagaPlan([try request(1, "PAYMENT_COMPLETED", points: 40)], state: state(.pending))
        #expect(plan.refusals.isEmpty)
        #expect(plan.orders[7]?.status == .confirmed)
        #expect(plan.orders[7]?.steps == 1)
        #expect(plan.reservations[7] == .confirmed)
        #expect(plan.pointMovements.map(\.delta) == [-40])
        #expect(plan.balances == [3: 60])
        #expect(plan.deliveries[7] == .preparing)
        #expect(plan.messages.map(\.eventType) == ["ORDER_PAID", "ORDER_STATUS_CHANGED", "ORDER_COMPLETED"])
        #expect(plan.messages.map(\.topic) == ["order.events", "data.platform", "realtime.events"])
        #expect(plan.messages.map(\.aggregateID) == ["7", "7", "3"])
        #expect(
            plan.messages[0].payload
                == #"{"order_id":7,"user_id":3,"total_amount":900,"date":"2026-03-01","#
                + #""items":[{"product_id":1,"qty":2,"price":450}]}"#)
        #expect(plan.messages[1].payload == #"{"order_id":7,"user_id":3,"status":"CONFIRMED","total_amount":900}"#)
        #expect(
            plan.messages[2].payload == #"{"user_id":3,"message":"Order 7 is confirmed.","timestamp":"2026-03-01T12:00:00.500Z","#
                + #""order_id":7,"order_number":"7","total_amount":900}"#)
    }

    @Test(arguments: OrderStatus.allCases.filter { $0 != .pending }, ["PAYMENT_COMPLETED", "PAYMENT_FAILED"])
    func `a payment of an order that does not wait for it is refused with nothing done`(status: OrderStatus, type: String) throws
    {
        let plan = SagaPlan([try request(1, type, points: 5)], state: state(status))
        let goal = type == "PAYMENT_COMPLETED" ? "CONFIRMED" : "FAILED"
        #expect(plan.refusals.map(\.reason) == ["an order that is \(status.rawValue) cannot become \(goal)"])
        expectNothing(plan)
    }

    @Test(arguments: [Int64?.none, 0, 39])
    func `missing points refuse the whole payment`(balance: Int64?) throws {
        let plan = SagaPlan([try request(1, "PAYMENT_COMPLETED", points: 40)], state: state(.pending, balance: balance))
        #expect(plan.refusals.map(\.reason) == ["the user has not enough points"])
        expectNothing(plan)
    }

    @Test func `without points no account is needed`() throws {
        let plan = SagaPlan([try request(1, "PAYMENT_COMPLETED")], state: state(.pending, balance: nil))
        #expect(plan.orders[7]?.status == .confirmed)
        #expect(plan.pointMovements.isEmpty)
    }

    @Test func `a released reservation cannot be confirmed`() throws {
        var state = state(.pending)
        state.released = [7]
        let plan = SagaPlan([try request(1, "PAYMENT_COMPLETED")], state: state)
        #expect(plan.refusals.map(\.reason) == ["the order's stock reservation has been released"])
        expectNothing(plan)
    }

    @Test func `an unknown order and another user's order are refused`() throws {
        let plan = SagaPlan(
            [try request(1, "PAYMENT_COMPLETED", order: 8), try request(2, "PAYMENT_COMPLETED", user: 4)], state: state(.pending))
        #expect(plan.refusals.map(\.reason) == ["there is no such order", "the order is another user's"])
        expectNothing(plan)
    }

    @Test func `a failed payment fails the order and releases its reservation`() throws {
        let plan = SagaPlan([try request(1, "PAYMENT_FAILED")], state: state(.pending))
        #expect(plan.orders[7]?.status == .failed)
        #expect(plan.reservations[7] == .released)
        #expect(plan.deliveries.isEmpty)
        #expect(plan.messages.map(\.eventType) == ["ORDER_STATUS_CHANGED"])
    }

    @Test(arguments: [OrderStatus.pending, .confirmed, .cancelled])
    func `a cancellation undoes what was done, also when the order itself has moved already`(status: OrderStatus) throws {
        var state = state(status, balance: 60)
        state.usedPoints[7] = 40
        state.deliveries[7] = .preparing
        let plan = SagaPlan([try request(1, "ORDER_CANCELLED")], state: state)
        #expect(plan.orders[7]?.status == (status == .cancelled ? nil : .cancelled))
        #expect(plan.reservations[7] == .released)
        #expect(plan.pointMovements.map(\.delta) == [40])
        #expect(plan.balances == [3: 100])
        #expect(plan.deliveries[7] == .cancelled)
        #expect(plan.messages.map(\.payload) == [#"{"order_id":7,"user_id":3,"status":"CANCELLED","total_amount":900}"#])
    }

    @Test(arguments: [OrderStatus.shipped, .delivered, .failed])
    func `what cannot be cancelled is refused`(status: OrderStatus) throws {
        let plan = SagaPlan([try request(1, "ORDER_CANCELLED")], state: state(status))
        #expect(plan.refusals.map(\.reason) == ["an order that is \(status.rawValue) cannot become CANCELLED"])
        expectNothing(plan)
    }

    @Test func `payment and cancellation in one batch end as one after the other`() throws {
        let plan = SagaPlan(
            [
                try request(1, "PAYMENT_COMPLETED", points: 40), try request(2, "ORDER_CANCELLED"),
                try request(3, "ORDER_CANCELLED"),
            ], state: state(.pending))
        #expect(plan.refusals.isEmpty)
        #expect(plan.orders[7]?.status == .cancelled)
        #expect(plan.orders[7]?.steps == 2)
        #expect(plan.reservations[7] == .released)
        #expect(plan.pointMovements.map(\.delta) == [-40, 40])
        #expect(plan.pointMovements.map(\.before) == [100, 60])
        #expect(plan.balances == [3: 100])
        #expect(plan.deliveries[7] == .cancelled)
    }

    @Test func `orders of one user share the points`() throws {
        var state = state(.pending, balance: 50)
        state.orders[8] = .init(user: 3, status: .pending, totalAmount: 1)
        let plan = SagaPlan(
            [
                try request(1, "PAYMENT_COMPLETED", points: 30), try request(2, "PAYMENT_COMPLETED", points: 30, order: 8),
                try request(3, "ORDER_CANCELLED"), try request(4, "PAYMENT_COMPLETED", points: 30, order: 8),
            ], state: state)
        #expect(plan.refusals.map(\.event.id) == [Events.id(2)])
        #expect(plan.balances == [3: 20])
    }

    @Test func `negative points are no payload`() throws {
        #expect(throws: PayloadError.self) { try request(1, "PAYMENT_COMPLETED", points: -1) }
    }

    private func expectNothing(_ plan: SagaPlan) {
        #expect(plan.orders.isEmpty && plan.reservations.isEmpty && plan.deliveries.isEmpty)
        #expect(plan.pointMovements.isEmpty && plan.messages.isEmpty)
    }
}

struct `Order status` {
    @Test func `only the transitions of the state machine are possible`() {
        let allowed = OrderStatus.allCases.flatMap { from in
            OrderStatus.allCases.filter { from.canBecome($0) }.map { "\(from.rawValue)>\($0.rawValue)" }
        }
        #expect(
            Set(allowed) == [
                "PENDING>CONFIRMED", "PENDING>CANCELLED", "PENDING>FAILED", "CONFIRMED>CANCELLED", "CONFIRMED>SHIPPED",
                "SHIPPED>DELIVERED",
            ])
    }
}
