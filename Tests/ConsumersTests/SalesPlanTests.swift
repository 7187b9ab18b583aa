import ConsumerKit
import Consumers
import TestSupport
import Testing

struct SalesPlanTests {
    private func day(_ text: String) throws -> CalendarDay { try #require(CalendarDay(text)) }

    @Test func `Orders are summed by day, and their lines by product and day, in order`() throws {
        var log = ShopEvents()
        try log.order(
            "ORDER_PAID", 1, user: 7, date: "2026-03-02", [(product: 9, qty: 1, price: 100), (product: 2, qty: 3, price: 5)])
        try log.order("ORDER_PAID", 2, user: 8, date: "2026-03-01", [(product: 9, qty: 2, price: 100)])
        try log.order(
            "ORDER_PAID", 3, user: 7, date: "2026-03-02", [(product: 9, qty: 4, price: 90), (product: 9, qty: 1, price: 80)])
        let plan = SalesPlan(log.events)
        let (first, second) = (try day("2026-03-01"), try day("2026-03-02"))
        #expect(plan.refusals.isEmpty)
        #expect(plan.days.map(\.day) == [first, second])
        #expect(plan.days.map(\.orders) == [1, 2])
        #expect(plan.days.map(\.revenue) == [200, 115 + 440])
        #expect(plan.customers.map(\.day) == [first, second])
        #expect(plan.customers.map(\.user) == [8, 7])
        #expect(plan.products.map(\.product) == [2, 9, 9])
        #expect(plan.products.map(\.day) == [second, first, second])
        #expect(plan.products.map(\.pieces) == [3, 2, 6])
        #expect(plan.products.map(\.revenue) == [15, 200, 540])
    }

    @Test func `Without a date the UTC day of the event counts`() throws {
        var log = ShopEvents()
        try log.order("ORDER_PAID", 1, at: ShopEvents.start - 1, [(product: 1, qty: 1, price: 1)])
        try log.order("ORDER_PAID", 2, at: ShopEvents.start, [(product: 1, qty: 1, price: 1)])
        #expect(SalesPlan(log.events).days.map(\.day.description) == ["2026-02-28", "2026-03-01"])
    }

    @Test(arguments: [
        (#"{}"#, "user_id is missing"),
        (#"{"user_id":"7"}"#, "user_id is not an integer"),
        (#"{"user_id":1.5}"#, "user_id is not an integer"),
        (#"{"user_id":1}"#, "total_amount is missing"),
        (#"{"user_id":1,"total_amount":-1}"#, "total_amount is below zero"),
        (#"{"user_id":1,"total_amount":1}"#, "items is missing"),
        (#"{"user_id":1,"total_amount":1,"items":{}}"#, "items is not an array"),
        (#"{"user_id":1,"total_amount":1,"items":[]}"#, "items is empty"),
        (#"{"user_id":1,"total_amount":1,"items":[5]}"#, "items[0].product_id is missing"),
        (
            #"{"user_id":1,"total_amount":1,"items":[{"product_id":1,"qty":1,"price":1},{"product_id":1}]}"#,
            "items[1].qty is missing"
        ),
        (#"{"user_id":1,"total_amount":1,"items":[{"product_id":1,"qty":0,"price":1}]}"#, "items[0].qty is not above zero"),
        (#"{"user_id":1,"total_amount":1,"items":[{"product_id":1,"qty":1}]}"#, "items[0].price is missing"),
        (#"{"user_id":1,"total_amount":1,"items":[{"product_id":1,"qty":1,"price":-1}]}"#, "items[0].price is below zero"),
        (
            #"{"user_id":1,"total_amount":1,"items":[{"product_id":1,"qty":4611686018427387904,"price":2}]}"#,
            "items[0].price times qty is out of range"
        ),
        (#"{"user_id":1,"total_amount":1,"date":7,"items":[{"product_id":1,"qty":1,"price":1}]}"#, "date is not a string"),
        (
            #"{"user_id":1,"total_amount":1,"date":"1.3.2026","items":[{"product_id":1,"qty":1,"price":1}]}"#,
            "date is no day (YYYY-MM-DD)"
        ),
    ])
    func `A payload that cannot be used is refused by the name of its field, as a whole`(payload: String, reason: String) throws {
        var log = ShopEvents()
        try log.add("ORDER_PAID", payload)
        try log.order("ORDER_PAID", 2, [(product: 1, qty: 1, price: 1)])
        let plan = SalesPlan(log.events)
        #expect(plan.refusals.map(\.reason) == [reason])
        #expect(plan.refusals.map(\.event.id) == [ShopEvents.id(1)])
        #expect(plan.days.map(\.orders) == [1])
        #expect(plan.products.map(\.pieces) == [1])
        #expect(plan.customers.count == 1)
    }

    @Test func `Unknown fields never matter, and sums without end do not stop the process`() throws {
        var log = ShopEvents()
        for order in 1...3 {
            try log.add(
                "ORDER_PAID",
                """
                {"order_id":\(order),"user_id":1,"total_amount":9223372036854775807,"coupon":{"a":[null]},"items":
                [{"product_id":1,"qty":1,"price":9223372036854775807,"colour":"red"}]}
                """)
        }
        let plan = SalesPlan(log.events)
        #expect(plan.refusals.isEmpty)
        #expect(plan.days.map(\.revenue) == [.max])
        #expect(plan.products.map(\.revenue) == [.max])
    }
}
