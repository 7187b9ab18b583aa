import ConsumerKit
import Consumers
import Drills
import PostgresClient
import TestSupport
import Testing

/// The stock consumer's effects on a real server.
@Suite(.serialized, .needsPostgres)
struct StockConsumerEffectsTests {
    private static let products = 12
    private static let initialStock = 40

    private static func shop(version: Int? = nil) throws -> EffectsDatabase {
        let database = try EffectsDatabase(version: version)
        try database.session().execute(
            "INSERT INTO products (id, name, price, stock) SELECT i, 'p', 100, \(initialStock) FROM generate_series(1, \(products)) i"
        )
        return database
    }

    /// Orders that are paid, some too large, some cancelled before or after, some twice; products that are restocked.
    private static func randomEvents(_ count: Int, seed: UInt64) throws -> [ConsumedEvent] {
        var random = XorShift(seed: seed)
        var log = ShopEvents()
        var lines: [Int64: [(product: Int64, qty: Int64, price: Int64)]] = [:]
        var next: Int64 = 1
        while log.events.count < count {
            switch random.below(10) {
            case 0: try log.restocked(Int64(random.below(products + 1) + 1), qty: Int64(random.below(5) + 1))
            case 1...3 where !lines.isEmpty:
                let order = Int64(random.below(Int(next)) + 1)
                try log.order("ORDER_CANCELLED", order, lines[order] ?? [(product: 1, qty: 1, price: 1)])
            case 4 where !lines.isEmpty:
                let order = Int64(random.below(Int(next)) + 1)
                try log.order("ORDER_PAID", order, lines[order] ?? [(product: 2, qty: 1, price: 1)])
            default:
                let items = (0...random.below(4)).map { _ in
                    (product: Int64(random.below(products) + 1), qty: Int64(random.below(6) + 1), price: Int64(100))
                }
                lines[next] = items
                try log.order("ORDER_PAID", next, items)
                next += 1
            }
        }
        return log.events
    }

    private static let tables = [
        "SELECT id, stock, is_sold_out, version FROM products ORDER BY id",
        """
        SELECT product_id, order_id, event_id, reason, stock_before, stock_after, delta FROM stock_history
        ORDER BY product_id, seq
        """,
        "SELECT order_id, event_id FROM stock_closed_orders ORDER BY order_id",
    ]

    private func expectSound(_ database: EffectsDatabase) throws {
        // The history is a chain from the first stock to the last, and its sum is the stock.
        #expect(
            try database.rows(
                """
                SELECT product_id, stock_before, previous FROM (
                    SELECT product_id, stock_before, lag(stock_after, 1, \(Self.initialStock)::bigint)
                        OVER (PARTITION BY product_id ORDER BY seq) AS previous
                    FROM stock_history) h WHERE stock_before <> previous
                """) == [])
        #expect(
            try database.rows(
                """
                SELECT id, stock, h.sum FROM products JOIN (SELECT product_id, sum(delta), count(*) FROM stock_history GROUP BY 1) h
                ON product_id = id WHERE stock <> \(Self.initialStock) + h.sum OR version <> 1 + h.count
                """) == [])
        // An order either took and kept, or gave all back.
        #expect(
            try database.rows(
                """
                SELECT order_id, product_id FROM stock_history WHERE order_id IS NOT NULL GROUP BY 1, 2
                HAVING sum(delta) > 0 OR count(*) > 2 OR (sum(delta) < 0) <> (count(*) = 1)
                """) == [])
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `Batches of one, of some and of all give the same tables, and applying all again changes nothing`(version: Int) throws {
        let events = try Self.randomEvents(600, seed: 7)
        var expected: (tables: [[String]], refusals: [String])?
        for batch in [1, 17, 600] {
            let database = try Self.shop(version: version)
            let outcome = try database.apply(StockConsumer(), events, batch: batch)
            let tables = try Self.tables.map { try database.rows($0) }
            try expectSound(database)
            if let expected {
                #expect(tables == expected.tables, "batches of \(batch)")
                #expect(outcome.refusals == expected.refusals, "batches of \(batch)")
            }
            expected = (tables: tables, refusals: outcome.refusals)
            // The last word about each product is what stands in its row.
            var told: [String: String] = [:]
            for message in outcome.messages { told[message.aggregateID] = message.payload }
            let rows = try database.rows(
                """
                SELECT format('{"product_id":%s,"stock":%s,"is_sold_out":%s,"aggregate_version":%s}', id, stock, is_sold_out::text, version)
                FROM products WHERE version > 1 ORDER BY id::text COLLATE "C"
                """)
            #expect(told.sorted { $0.key < $1.key }.map(\.value) == rows)
            // The refused ones were not applied: they may succeed now. All others are known.
            let refused = Set(outcome.refusals.map { String($0.prefix(36)) })
            try database.apply(StockConsumer(), events.filter { !refused.contains($0.id) }, batch: batch)
            #expect(try Self.tables.map { try database.rows($0) } == tables)
        }
        let reasons = Set((expected?.refusals ?? []).map { String($0.dropFirst(38)) })
        #expect(reasons.contains("the order was cancelled before"))
        #expect(reasons.contains("product_id: there is no such product"))
        #expect(reasons.contains { $0.hasSuffix("insufficient stock") })
    }

    @Test func `A batch that is rolled back leaves nothing`() throws {
        let database = try Self.shop()
        let before = try Self.tables.map { try database.rows($0) }
        let session = try database.session()
        try session.execute("BEGIN")
        try StockConsumer().apply(try Self.randomEvents(100, seed: 3), in: EffectTransaction(session))
        try session.execute("ROLLBACK")
        #expect(try Self.tables.map { try database.rows($0) } == before)
    }

    @Test func `Lanes at the same time over the same products neither stand still nor lose a piece`() throws {
        let database = try Self.shop()
        try database.session().execute("UPDATE products SET stock = 1000000")
        var expected = [Int64](repeating: 1_000_000, count: Self.products)
        let lists = try (0..<4).map { lane in
            var log = ShopEvents(first: lane * 10_000 + 1)
            for number in 0..<400 {
                // Each lane names the products in another order.
                let items = (0..<4).map { step -> (product: Int64, qty: Int64, price: Int64) in
                    let place = (number * 5 + (lane.isMultiple(of: 2) ? step : 3 - step) * 3) % Self.products
                    return (product: Int64(place + 1), qty: Int64(step + 1), price: 1)
                }
                let order = Int64(lane * 10_000 + number)
                try log.order("ORDER_PAID", order, items)
                let isCancelled = number % 3 == 0
                if isCancelled { try log.order("ORDER_CANCELLED", order, []) }
                for item in items where !isCancelled { expected[Int(item.product - 1)] -= item.qty }
            }
            return log.events
        }
        let outcomes = try database.applyAtOnce(StockConsumer(), lists, batch: 40)
        #expect(outcomes.count == 4)
        #expect(outcomes.allSatisfy { $0.refusals.isEmpty })
        #expect(try database.rows("SELECT stock FROM products ORDER BY id") == expected.map(String.init))
        #expect(
            try database.rows("SELECT count(*) FROM stock_history WHERE stock_after <> stock_before + delta OR stock_after < 0")
                == ["0"])
    }

    @Test func `New orders of a product are not held up by a batch that changes its stock`() throws {
        let database = try Self.shop()
        var log = ShopEvents()
        try log.order("ORDER_PAID", 1, [(product: 1, qty: 1, price: 1)])
        let session = try database.session()
        try session.execute("BEGIN")
        try StockConsumer().apply(log.events, in: EffectTransaction(session))
        let shop = try database.session()
        try shop.execute(
            """
            SET lock_timeout = '5s';
            INSERT INTO orders (id, user_id, total_amount) VALUES (5, 1, 1);
            INSERT INTO order_items (order_id, product_id, qty, price) VALUES (5, 1, 1, 1)
            """)
        try session.execute("COMMIT")
        #expect(try database.rows("SELECT stock FROM products WHERE id = 1") == ["\(Self.initialStock - 1)"])
    }
}
