import ConsumerKit
import Consumers
import Drills
import PostgresClient
import TestSupport
import Testing

/// The product-metrics consumer's effects on a real server.
@Suite(.serialized, .needsPostgres)
struct ProductMetricsConsumerEffectsTests {
    private static let tables = [
        "SELECT product_id, like_count, view_count, sales_count, total_sales_amount FROM product_metrics ORDER BY product_id",
        "SELECT aggregate_type, aggregate_id, version FROM product_metrics_versions ORDER BY aggregate_type, aggregate_id",
    ]

    /// More is taken away than added, so counters keep meeting zero; some events carry versions, in no good order.
    private static func randomEvents(_ count: Int, seed: UInt64) throws -> [ConsumedEvent] {
        var random = XorShift(seed: seed)
        var log = ShopEvents()
        for number in 1...count {
            let product = Int64(random.below(8) + 1)
            let version = random.below(3) == 0 ? Int64(number / 8 - random.below(6)) : nil
            let items = (0...random.below(2)).map { _ in
                (product: Int64(random.below(8) + 1), qty: Int64(random.below(4) + 1), price: Int64(random.below(50)))
            }
            let order = Int64(random.below(20))
            let extra = version.map { #","aggregate_version":\#($0)"# } ?? ""
            switch random.below(10) {
            case 0...2: try log.catalog("LIKE_ADDED", product, version: version)
            case 3...5: try log.catalog("LIKE_REMOVED", product, version: version)
            case 6: try log.catalog("PRODUCT_VIEWED", product, version: version)
            case 7: try log.order("ORDER_CREATED", order, extra: extra, items)
            case 8: try log.order("ORDER_CANCELLED", order, extra: extra, items)
            default: try log.add("LIKE_ADDED", #"{"product_id":"x","aggregate_version":1000000}"#)
            }
        }
        return log.events
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `Batches of one, of some and of all give the same counts, none below zero`(version: Int) throws {
        let events = try Self.randomEvents(700, seed: 19)
        var expected: [[String]]?
        for batch in [1, 29, 700] {
            let database = try EffectsDatabase(version: version)
            let outcome = try database.apply(ProductMetricsConsumer(), events, batch: batch)
            #expect(outcome.refusals.allSatisfy { $0.hasSuffix(": product_id is not an integer") })
            #expect(outcome.messages.isEmpty)
            let tables = try Self.tables.map { try database.rows($0) }
            #expect(tables.allSatisfy { !$0.isEmpty })
            #expect(expected == nil || tables == expected, "batches of \(batch)")
            expected = tables
        }
    }

    @Test func `Counts are as one would count by hand`() throws {
        let database = try EffectsDatabase()
        var log = ShopEvents()
        for user in 1...5 { try log.catalog("LIKE_ADDED", 1, user: Int64(user)) }
        try log.catalog("LIKE_REMOVED", 1)
        try log.catalog("LIKE_REMOVED", 2)
        for _ in 1...3 { try log.catalog("PRODUCT_VIEWED", 2) }
        try log.order("ORDER_CREATED", 1, [(product: 1, qty: 2, price: 100), (product: 2, qty: 1, price: 30)])
        try log.order("ORDER_CREATED", 2, [(product: 1, qty: 1, price: 100)])
        try log.order("ORDER_CANCELLED", 2, [(product: 1, qty: 1, price: 100)])
        // Version 2 was overtaken, a third one came twice.
        for version in [1, 3, 2, 3] { try log.catalog("LIKE_ADDED", 3, version: Int64(version)) }
        try database.apply(ProductMetricsConsumer(), log.events, batch: 2)
        #expect(try database.rows(Self.tables[0]) == ["1 4 0 2 200", "2 0 3 1 30", "3 2 0 0 0"])
        #expect(try database.rows(Self.tables[1]) == ["PRODUCT 3 3"])
    }

    @Test func `Lanes at the same time over the same products neither stand still nor lose a count`() throws {
        let database = try EffectsDatabase()
        var expected = [Int](repeating: 0, count: 40)
        let lists = try (0..<4).map { lane in
            var log = ShopEvents(first: lane * 10_000 + 1)
            for number in 0..<1_500 {
                let product = (lane.isMultiple(of: 2) ? number : 1_499 - number) % 40
                // Within each lane a like comes before it goes, so nothing meets zero and order between lanes does not matter.
                let isRemoved = number >= 800 && number % 3 == 0
                try log.catalog(isRemoved ? "LIKE_REMOVED" : "LIKE_ADDED", Int64(product))
                expected[product] += isRemoved ? -1 : 1
            }
            return log.events
        }
        _ = try database.applyAtOnce(ProductMetricsConsumer(), lists, batch: 60)
        #expect(try database.rows("SELECT like_count FROM product_metrics ORDER BY product_id") == expected.map(String.init))
    }

    @Test func `Whoever comes second with the first events of an aggregate waits to learn the version`() throws {
        let database = try EffectsDatabase()
        var first = ShopEvents()
        try first.catalog("LIKE_ADDED", 1, version: 2)
        var second = ShopEvents(first: 100)
        try second.catalog("LIKE_ADDED", 1, version: 1)
        let session = try database.session()
        try session.execute("BEGIN")
        try ProductMetricsConsumer().apply(first.events, in: EffectTransaction(session))
        let other = try database.session()
        try other.execute("SET lock_timeout = '300ms'")
        #expect(throws: (any Error).self) {
            try database.apply(ProductMetricsConsumer(), second.events, on: other)
        }
        try session.execute("COMMIT")
        try database.apply(ProductMetricsConsumer(), second.events, on: other)
        #expect(try database.rows(Self.tables[0]) == ["1 1 0 0 0"])
    }
}
