import ConsumerKit
import Consumers
import TestSupport
import Testing

struct MetricsPlanTests {
    private func aggregate(_ product: Int64) -> MetricsReading.Aggregate { .init(type: "PRODUCT", id: String(product)) }

    @Test func `Likes, views and sales are one row per product, in order`() throws {
        var log = ShopEvents()
        try log.catalog("LIKE_ADDED", 5)
        try log.catalog("LIKE_ADDED", 5)
        try log.catalog("LIKE_REMOVED", 5)
        try log.catalog("PRODUCT_VIEWED", 5)
        try log.order("ORDER_CREATED", 1, [(product: 5, qty: 2, price: 10), (product: 3, qty: 1, price: 7)])
        try log.order("ORDER_CANCELLED", 2, [(product: 3, qty: 4, price: 7)])
        let reading = MetricsReading(log.events)
        #expect(reading.refusals.isEmpty)
        #expect(reading.versions.isEmpty)
        let plan = MetricsPlan(reading, versions: [:])
        #expect(plan.products.map(\.product) == [3, 5])
        #expect(plan.products.map(\.views) == [0, 1])
        #expect(plan.products.map { $0.likes.applied(to: 0) } == [0, 1])
        #expect(plan.products.map { $0.pieces.applied(to: 10) } == [7, 12])
        #expect(plan.products.map { $0.amount.applied(to: 100) } == [79, 120])
    }

    @Test(
        arguments: [
            // Versions of likes in their order, the version known before; likes that count, the highest version that came.
            ([1, 2, 3], nil, 3, 3), ([1, 3, 2], nil, 2, 3), ([3, 3], nil, 1, 3), ([1, 2, 3], 2, 1, 3), ([1, 2], 5, 0, 2),
            ([-1], nil, 1, -1), ([nil, 2, nil, 1, nil], nil, 4, 2), ([nil, nil], 5, 2, nil),
        ] as [([Int64?], Int64?, Int64, Int64?)])
    func `Only newer versions count, and events without one always`(
        versions: [Int64?], known: Int64?, likes: Int64, highest: Int64?
    ) throws {
        var log = ShopEvents()
        for version in versions { try log.catalog("LIKE_ADDED", 5, version: version) }
        let reading = MetricsReading(log.events)
        #expect(reading.versions.map(\.number) == [highest].compactMap { $0 })
        let plan = MetricsPlan(reading, versions: known.map { [aggregate(5): $0] } ?? [:])
        #expect(plan.products.first?.likes.rise ?? 0 == likes)
    }

    @Test func `Versions of one aggregate say nothing about another`() throws {
        var log = ShopEvents()
        try log.catalog("LIKE_ADDED", 5, version: 9)
        try log.catalog("LIKE_ADDED", 6, version: 2)
        try log.order("ORDER_CREATED", 5, extra: #","aggregate_version":1"#, [(product: 5, qty: 1, price: 1)])
        let reading = MetricsReading(log.events)
        let plan = MetricsPlan(reading, versions: [aggregate(6): 2])
        #expect(plan.products.map(\.product) == [5])
        #expect(plan.products.map(\.pieces.rise) == [1])
        #expect(reading.versions.map(\.of.type) == ["ORDER", "PRODUCT", "PRODUCT"])
    }

    @Test(arguments: [
        ("LIKE_ADDED", #"{}"#, "product_id is missing"),
        ("PRODUCT_VIEWED", #"{"product_id":null}"#, "product_id is missing"),
        ("LIKE_REMOVED", #"{"product_id":"1"}"#, "product_id is not an integer"),
        ("LIKE_ADDED", #"{"product_id":1,"aggregate_version":"2"}"#, "aggregate_version is not an integer"),
        ("ORDER_CREATED", #"{"order_id":1}"#, "items is missing"),
        ("ORDER_CANCELLED", #"{"items":[{"product_id":1,"qty":1,"price":"1"}]}"#, "items[0].price is not an integer"),
    ])
    func `A payload that cannot be used is refused by the name of its field`(
        eventType: String, payload: String, reason: String
    ) throws {
        var log = ShopEvents()
        try log.add(eventType, payload)
        try log.catalog("PRODUCT_VIEWED", 1)
        let reading = MetricsReading(log.events)
        #expect(reading.refusals.map(\.reason) == [reason])
        #expect(reading.versions.isEmpty)
        #expect(MetricsPlan(reading, versions: [:]).products.map(\.views) == [1])
    }
}
