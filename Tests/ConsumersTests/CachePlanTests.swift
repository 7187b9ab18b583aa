import ConsumerKit
import Consumers
import Testing

struct `Cache plan` {
    @Test func `each product once, whatever happened to it`() throws {
        let plan = CachePlan([
            try Events.event(1, "PRICE_UPDATED", #"{"product_id": 5, "price": 1}"#),
            try Events.event(2, "STOCK_UPDATED", #"{"product_id": 4, "stock": 0, "is_sold_out": true}"#),
            try Events.event(3, "PRODUCT_UPDATED", #"{"product_id": 5}"#), try Events.event(4, "STOCK_UPDATED", "{}"),
        ])
        #expect(plan.products == [5, 4])
        #expect(plan.refusals.map(\.reason) == ["product_id is missing"])
    }
}

struct `Redis URL` {
    @Test(arguments: [
        "redis://localhost", "redis://127.0.0.1:6380", "redis://:secret@host", "redis://user:se%40cret@host:1/3",
        "redis://[::1]:7", "redis://", "redis://host/",
    ])
    func `usual forms are understood`(text: String) throws { _ = try RedisURL(text) }

    @Test(arguments: [
        "localhost:6379", "http://host", "redis://host:0", "redis://host:port", "redis://host/x", "redis://host/-1",
        "redis://secret@host", "redis://:sec%zzret@host", "redis://:secret%2@host", "rediss://:secret@host",
    ])
    func `what cannot be meant is refused without showing the secret`(text: String) throws {
        let error = #expect(throws: EndpointError.self) { try RedisURL(text) }
        #expect(error?.description.contains("secret") == false)
        #expect(error?.description.contains("zzret") == false)
    }
}
