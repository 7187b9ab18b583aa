import ConsumerKit
import Consumers
import TestSupport
import Testing

struct StockPlanTests {
    /// Product 1 with ten pieces, product 2 with five.
    private static let shop: StockFacts = {
        var facts = StockFacts()
        facts.products = [1: .init(stock: 10, version: 1), 2: .init(stock: 5, version: 4)]
        return facts
    }()

    private func plan(_ facts: StockFacts = shop, _ fill: (inout ShopEvents) throws -> Void) throws -> StockPlan {
        var log = ShopEvents()
        try fill(&log)
        let reading = StockReading(log.events)
        #expect(reading.refusals.isEmpty)
        return StockPlan(reading, facts: facts)
    }

    @Test func `Payments take, cancellations give back, restocking adds, each with its row of history`() throws {
        let plan = try plan { log in
            try log.order("ORDER_PAID", 7, [(product: 2, qty: 5, price: 1), (product: 1, qty: 3, price: 1)])
            try log.restocked(2, qty: 1)
            try log.order("ORDER_CANCELLED", 7, [])
        }
        #expect(plan.refusals.isEmpty && plan.closedOrders.isEmpty)
        #expect(plan.movements.map(\.product) == [2, 1, 2, 1, 2])
        #expect(plan.movements.map(\.before) == [5, 10, 0, 7, 1])
        #expect(plan.movements.map(\.after) == [0, 7, 1, 10, 6])
        #expect(plan.movements.map(\.order) == [7, 7, nil, 7, 7])
        #expect(plan.movements.map(\.event.offset) == [1, 1, 2, 3, 3])
        #expect(plan.products.map(\.id) == [1, 2])
        #expect(plan.products.map(\.stock) == [10, 6])
        #expect(plan.products.map(\.changes) == [2, 3])
        #expect(plan.products.map(\.version) == [3, 7])
        #expect(plan.products.map(\.cause.offset) == [3, 3])
    }

    @Test func `An order of which one line lacks stock takes nothing, and others go on`() throws {
        let plan = try plan { log in
            try log.order("ORDER_PAID", 1, [(product: 1, qty: 1, price: 1), (product: 2, qty: 6, price: 1)])
            try log.order("ORDER_PAID", 2, [(product: 1, qty: 1, price: 1), (product: 3, qty: 1, price: 1)])
            try log.order("ORDER_PAID", 3, [(product: 2, qty: 3, price: 1), (product: 2, qty: 3, price: 1)])
            try log.restocked(3, qty: 1)
            try log.order("ORDER_PAID", 4, [(product: 1, qty: 10, price: 1)])
        }
        #expect(
            plan.refusals.map(\.reason) == [
                "items[1]: insufficient stock", "items[1]: there is no such product", "items[1]: insufficient stock",
                "product_id: there is no such product",
            ])
        #expect(plan.movements.map(\.after) == [0])
        #expect(plan.products.map(\.id) == [1])
    }

    @Test func `Two lines of one product are one movement`() throws {
        let plan = try plan { try $0.order("ORDER_PAID", 1, [(product: 2, qty: 3, price: 1), (product: 2, qty: 2, price: 1)]) }
        #expect(plan.movements.map(\.delta) == [-5])
    }

    @Test func `A cancellation gives back what was taken, not what it lists, and only once`() throws {
        var facts = Self.shop
        facts.orders = [7: .took([1: 2])]
        let plan = try plan(facts) { log in
            try log.order("ORDER_CANCELLED", 7, [(product: 1, qty: 9, price: 1), (product: 2, qty: 9, price: 1)])
            try log.order("ORDER_CANCELLED", 7, [(product: 1, qty: 9, price: 1)])
        }
        #expect(plan.movements.map(\.delta) == [2])
        #expect(plan.refusals.isEmpty && plan.closedOrders.isEmpty)
    }

    @Test func `A cancellation without a payment changes nothing, and the order takes nothing any more`() throws {
        let plan = try plan { log in
            try log.order("ORDER_CANCELLED", 7, [(product: 1, qty: 1, price: 1)])
            try log.order("ORDER_PAID", 7, [(product: 1, qty: 1, price: 1)])
            try log.order("ORDER_CANCELLED", 7, [(product: 1, qty: 1, price: 1)])
        }
        #expect(plan.movements.isEmpty && plan.products.isEmpty)
        #expect(plan.closedOrders.map(\.order) == [7])
        #expect(plan.refusals.map(\.reason) == ["the order was cancelled before"])
    }

    @Test func `An order that was refused and then cancelled is closed`() throws {
        let plan = try plan { log in
            try log.order("ORDER_PAID", 7, [(product: 2, qty: 6, price: 1)])
            try log.order("ORDER_CANCELLED", 7, [(product: 2, qty: 6, price: 1)])
        }
        #expect(plan.movements.isEmpty)
        #expect(plan.refusals.map(\.reason) == ["items[0]: insufficient stock"])
        #expect(plan.closedOrders.map(\.order) == [7])
    }

    @Test func `An order takes once, whatever comes`() throws {
        var facts = Self.shop
        facts.orders = [8: .closed]
        let plan = try plan(facts) { log in
            try log.order("ORDER_PAID", 7, [(product: 1, qty: 1, price: 1)])
            try log.order("ORDER_PAID", 7, [(product: 1, qty: 1, price: 1)])
            try log.order("ORDER_PAID", 8, [(product: 1, qty: 1, price: 1)])
        }
        #expect(plan.movements.map(\.delta) == [-1])
        #expect(
            plan.refusals.map(\.reason) == [
                "the order took its stock before, by another event", "the order was cancelled before",
            ])
    }

    @Test func `An event that the history knows changes nothing and is not refused`() throws {
        var facts = Self.shop
        facts.knownEvents = [ShopEvents.id(1), ShopEvents.id(2)]
        facts.orders = [7: .took([1: 1])]
        let plan = try plan(facts) { log in
            try log.order("ORDER_PAID", 7, [(product: 1, qty: 1, price: 1)])
            try log.restocked(2, qty: 3)
        }
        #expect(plan.movements.isEmpty && plan.refusals.isEmpty)
    }

    @Test(arguments: [
        ("ORDER_PAID", #"{"items":[]}"#, "order_id is missing"),
        ("ORDER_PAID", #"{"order_id":1,"items":[{"product_id":1,"qty":-1}]}"#, "items[0].qty is not above zero"),
        ("ORDER_PAID", #"{"order_id":1,"items":"x"}"#, "items is not an array"),
        ("ORDER_CANCELLED", #"{"order_id":"1"}"#, "order_id is not an integer"),
        ("RESTOCKED", #"{"product_id":1}"#, "qty is missing"),
        ("RESTOCKED", #"{"product_id":1,"qty":0}"#, "qty is not above zero"),
        ("RESTOCKED", #"{"qty":1}"#, "product_id is missing"),
    ])
    func `A payload that cannot be used is refused by the name of its field`(
        eventType: String, payload: String, reason: String
    ) throws {
        var log = ShopEvents()
        try log.add(eventType, payload)
        #expect(StockReading(log.events).refusals.map(\.reason) == [reason])
    }

    @Test func `What the stock does not need may be missing`() throws {
        var log = ShopEvents()
        try log.add("ORDER_PAID", #"{"order_id":1,"items":[{"product_id":1,"qty":2}],"unknown":{}}"#)
        try log.add("ORDER_CANCELLED", #"{"order_id":1}"#)
        let plan = StockPlan(StockReading(log.events), facts: Self.shop)
        #expect(plan.movements.map(\.delta) == [-2, 2])
    }

    @Test func `A stock beyond all numbers is refused`() throws {
        let plan = try plan { log in
            try log.restocked(1, qty: .max)
            try log.restocked(1, qty: 1)
        }
        #expect(plan.refusals.map(\.reason) == ["product_id: the stock would be out of range"])
        #expect(plan.products.map(\.stock) == [11])
    }
}
