import ConsumerKit
import Consumers
import Drills
import PostgresClient
import TestSupport
import Testing

/// The analytics consumer's effects on a real server.
@Suite(.serialized, .needsPostgres)
struct AnalyticsConsumerEffectsTests {
    private static let days = ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]

    /// Paid orders of few users and products, over four days, one in fifty of them unusable.
    private static func randomEvents(_ count: Int, seed: UInt64, first: Int = 1) throws -> [ConsumedEvent] {
        var random = XorShift(seed: seed)
        var log = ShopEvents(first: first)
        for number in 0..<count {
            guard random.below(50) > 0 else {
                try log.add("ORDER_PAID", #"{"order_id":1,"user_id":2}"#)
                continue
            }
            let items = (0...random.below(3)).map { _ in
                (product: Int64(random.below(30) + 1), qty: Int64(random.below(5) + 1), price: Int64(random.below(1000)))
            }
            try log.order(
                "ORDER_PAID", Int64(first + number), user: Int64(random.below(60)),
                date: random.below(4) == 0 ? nil : days[random.below(4)], items)
        }
        return log.events
    }

    /// The figures as sums over the plain list of orders, by a second way of counting: one temporary row per order and line.
    private static func expected(_ events: [ConsumedEvent], in database: EffectsDatabase) throws -> [[String]] {
        let session = try database.session()
        let usable = events.filter { $0.payload.member("items") != nil }
        try session.execute("CREATE TEMPORARY TABLE paid (day date, payload jsonb)")
        try session.execute(
            """
            INSERT INTO paid SELECT coalesce(p ->> 'date', '2026-03-01')::date, p FROM unnest($1::jsonb[]) AS e (p)
            """, [.texts(usable.map(\.payload.text))])
        let queries = [
            """
            SELECT day, count(*), sum((payload ->> 'total_amount')::bigint), count(DISTINCT payload ->> 'user_id') FROM paid
            GROUP BY 1 ORDER BY 1
            """,
            """
            SELECT (i ->> 'product_id')::bigint, day, sum((i ->> 'qty')::bigint), sum((i ->> 'qty')::bigint * (i ->> 'price')::bigint)
            FROM paid, jsonb_array_elements(payload -> 'items') i GROUP BY 1, 2 ORDER BY 1, 2
            """,
        ]
        return try queries.map { query in
            let result = try session.execute(query)
            return (0..<result.rowCount).map { row in (0..<4).map { result.text(row, $0) ?? "-" }.joined(separator: " ") }
        }
    }

    private func tables(_ database: EffectsDatabase) throws -> [[String]] {
        try [
            database.rows("SELECT date, total_orders, total_revenue, unique_customers FROM daily_sales ORDER BY date"),
            database.rows("SELECT product_id, date, purchase_count, revenue FROM product_daily_stats ORDER BY product_id, date"),
        ]
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `Batches of one, of some and of all give the same figures, with each customer counted once a day`(version: Int) throws {
        let events = try Self.randomEvents(500, seed: 11)
        for batch in [1, 23, 500] {
            let database = try EffectsDatabase(version: version)
            let outcome = try database.apply(AnalyticsConsumer(), events, batch: batch)
            #expect(try tables(database) == Self.expected(events, in: database), "batches of \(batch)")
            #expect(outcome.refusals.count == events.filter { $0.payload.member("items") == nil }.count)
            #expect(outcome.refusals.allSatisfy { $0.hasSuffix(": total_amount is missing") })
            #expect(outcome.messages.isEmpty)
        }
    }

    @Test func `Lanes at the same time over the same days and products neither stand still nor lose a count`() throws {
        let database = try EffectsDatabase()
        let lists = try (0..<4).map { try Self.randomEvents(1_500, seed: UInt64($0 + 1), first: $0 * 10_000 + 1) }
        _ = try database.applyAtOnce(AnalyticsConsumer(), lists, batch: 50)
        #expect(try tables(database) == Self.expected(lists.flatMap { $0 }, in: database))
    }

    @Test func `The tables that a rebuild empties are all that are written, and are written again the same`() throws {
        let database = try EffectsDatabase()
        let events = try Self.randomEvents(200, seed: 5)
        try database.apply(AnalyticsConsumer(), events, batch: 50)
        let before = try tables(database)
        let session = try database.session()
        for table in AnalyticsConsumer().definition.rebuildTables { try session.execute("TRUNCATE \(quotedIdentifier(table))") }
        #expect(try database.rows("SELECT count(*) FROM daily_customers") == ["0"])
        try database.apply(AnalyticsConsumer(), events.reversed(), batch: 33)
        #expect(try tables(database) == before)
    }
}
