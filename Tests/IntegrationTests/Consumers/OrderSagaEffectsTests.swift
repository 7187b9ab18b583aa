import ConsumerKit
import Consumers
import PostgresClient
import TestSupport
import Testing

@Suite(.needsPostgres) struct `Effects of order-saga` {
    /// Orders 1 to 20 of users 1 to 4, each of two products, reserved; every user has 100 points.
    private func database() throws -> EffectsDatabase {
        let database = try EffectsDatabase()
        try database.session().execute(
            """
            INSERT INTO products (id, name, price, stock) SELECT n, 'p' || n, 10, 1000 FROM generate_series(1, 2) AS n;
            INSERT INTO orders (id, user_id, total_amount) SELECT n, 1 + n % 4, 50 FROM generate_series(1, 20) AS n;
            INSERT INTO order_items SELECT n, p, p, 10 FROM generate_series(1, 20) AS n, generate_series(1, 2) AS p;
            INSERT INTO stock_reservations (order_id, product_id, qty) SELECT order_id, product_id, qty FROM order_items;
            INSERT INTO point_accounts (user_id, balance) SELECT n, 100 FROM generate_series(1, 4) AS n
            """)
        return database
    }

    private func paid(_ events: inout ShopEvents, _ order: Int64, points: Int64 = 0, type: String = "PAYMENT_COMPLETED") throws {
        try events.add(
            type,
            #"{"payment_id":\#(order),"order_id":\#(order),"user_id":\#(1 + order % 4),"amount":50,"points_used":\#(points)}"#,
            of: ("PAYMENT", String(order)), topic: "payment.events")
    }

    private func everything(_ database: EffectsDatabase) throws -> [[String]] {
        try [
            "SELECT id, status, version FROM orders ORDER BY id",
            "SELECT order_id, product_id, status FROM stock_reservations ORDER BY 1, 2",
            "SELECT user_id, balance FROM point_accounts ORDER BY 1",
            "SELECT user_id, order_id, reason, balance_before, balance_after FROM point_history ORDER BY seq",
            "SELECT order_id, status FROM deliveries ORDER BY 1", "SELECT id, stock, version FROM products ORDER BY 1",
        ].map { try database.rows($0) }
    }

    @Test func `a payment moves everything, and its cancellation moves it back`() throws {
        let database = try database()
        var events = ShopEvents()
        try paid(&events, 1, points: 30)
        let outcome = try database.apply(OrderSagaConsumer(), events.events)
        #expect(outcome.messages.map(\.eventType) == ["ORDER_PAID", "ORDER_STATUS_CHANGED", "ORDER_COMPLETED"])
        let items = #""items":[{"product_id":1,"qty":1,"price":10},{"product_id":2,"qty":2,"price":10}]}"#
        #expect(outcome.messages[0].payload.hasSuffix(items))
        #expect(try database.rows("SELECT status, version FROM orders WHERE id = 1") == ["CONFIRMED 2"])
        #expect(try database.rows("SELECT status FROM stock_reservations WHERE order_id = 1") == ["CONFIRMED", "CONFIRMED"])
        #expect(try database.rows("SELECT balance FROM point_accounts WHERE user_id = 2") == ["70"])
        #expect(try database.rows("SELECT order_id, status FROM deliveries") == ["1 PREPARING"])

        var cancellation = ShopEvents(first: 10)
        try cancellation.order("ORDER_CANCELLED", 1, user: 2, [])
        let undone = try database.apply(OrderSagaConsumer(), cancellation.events)
        #expect(undone.messages.map(\.eventType) == ["ORDER_STATUS_CHANGED"])
        #expect(try database.rows("SELECT status, version FROM orders WHERE id = 1") == ["CANCELLED 3"])
        #expect(try database.rows("SELECT DISTINCT status FROM stock_reservations WHERE order_id = 1") == ["RELEASED"])
        #expect(try database.rows("SELECT balance FROM point_accounts WHERE user_id = 2") == ["100"])
        #expect(try database.rows("SELECT reason, delta FROM point_history ORDER BY seq") == ["USED -30", "REFUNDED 30"])
        #expect(try database.rows("SELECT order_id, status FROM deliveries") == ["1 CANCELLED"])
        #expect(try database.rows("SELECT DISTINCT stock FROM products") == ["1000"])
    }

    /// Payments that suffice and that do not, failures, cancellations, impossible ones among them.
    private func mixture() throws -> [ConsumedEvent] {
        var events = ShopEvents()
        for order in 1...20 {
            let type = order % 7 == 0 ? "PAYMENT_FAILED" : "PAYMENT_COMPLETED"
            try paid(&events, Int64(order), points: Int64(order * 3), type: type)
        }
        for order in stride(from: 1, through: 20, by: 3) {
            try events.order("ORDER_CANCELLED", Int64(order), user: Int64(1 + order % 4), [])
        }
        try paid(&events, 1)
        try paid(&events, 99)
        try events.order("ORDER_CANCELLED", 7, user: 4, [])
        try events.add("PAYMENT_FAILED", #"{"order_id":2,"user_id":1}"#, of: ("PAYMENT", "2"), topic: "payment.events")
        try events.add("PAYMENT_FAILED", #"{"user_id":3}"#, of: ("PAYMENT", "2"), topic: "payment.events")
        for order in 15...18 { try paid(&events, Int64(order), points: 1) }
        return events.events
    }

    @Test(arguments: [2, 5, Int.max])
    func `batches of any size end as one event after the other`(batch: Int) throws {
        let (one, other) = (try database(), try database())
        let events = try mixture()
        let single = try one.apply(OrderSagaConsumer(), events, batch: 1)
        let many = try other.apply(OrderSagaConsumer(), events, batch: batch)
        #expect(try everything(one) == everything(other))
        #expect(single.refusals == many.refusals)
        #expect(single.messages.map(\.payload) == many.messages.map(\.payload))
        #expect(single.refusals.count > 5)
    }

    @Test func `totals reconcile, and a rolled-back batch leaves nothing`() throws {
        let database = try database()
        let before = try everything(database)
        let session = try database.session()
        try session.execute("BEGIN")
        try OrderSagaConsumer().apply(try mixture(), in: EffectTransaction(session))
        try session.execute("ROLLBACK")
        #expect(try everything(database) == before)
        try database.apply(OrderSagaConsumer(), try mixture(), batch: 4)
        #expect(
            try database.number(
                """
                SELECT count(*) FROM point_accounts AS a
                WHERE balance <> 100 + (SELECT coalesce(sum(delta), 0) FROM point_history AS h WHERE h.user_id = a.user_id)
                """) == 0)
        #expect(
            try database.rows(
                """
                SELECT DISTINCT o.status, r.status, coalesce(d.status, 'none') FROM orders AS o
                JOIN stock_reservations AS r ON r.order_id = o.id LEFT JOIN deliveries AS d ON d.order_id = o.id ORDER BY 1, 3
                """) == [
                    "CANCELLED RELEASED CANCELLED", "CANCELLED RELEASED none", "CONFIRMED CONFIRMED PREPARING",
                    "FAILED RELEASED none",
                    "PENDING RESERVED none",
                ])
    }

    @Test func `lanes at the same time neither deadlock nor lose points`() throws {
        let database = try database()
        let lists = try (0..<4).map { lane in
            var events = ShopEvents(first: lane * 100 + 1)
            // Every lane pays every order, each in another direction: the first one wins.
            let orders = lane % 2 == 0 ? Array(1...20) : Array((1...20).reversed())
            for order in orders { try paid(&events, Int64(order), points: 10) }
            return events.events
        }
        let outcomes = try database.applyAtOnce(OrderSagaConsumer(), lists, batch: 5)
        #expect(outcomes.reduce(0) { $0 + $1.refusals.count } == 60)
        #expect(outcomes.reduce(0) { $0 + $1.messages.count } == 60)
        #expect(try database.rows("SELECT DISTINCT status, version FROM orders") == ["CONFIRMED 2"])
        #expect(try database.rows("SELECT DISTINCT balance FROM point_accounts") == ["50"])
        #expect(try database.number("SELECT count(*) FROM deliveries WHERE status = 'PREPARING'") == 20)
    }
}
