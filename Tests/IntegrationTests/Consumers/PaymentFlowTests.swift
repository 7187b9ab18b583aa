import Drills
import LocalServers
import ServiceRuntime
import TestSupport
import Testing

/// Relay and consumers together, as processes: what a payment sets off.
@Suite(.needsServers) struct `A payment's way` {
    @Test func `from the outbox through saga, stock, notification, cache and data platform`() throws {
        let redisServer = try RedisServer()
        defer { redisServer.destroy() }
        let redis = RedisProbe(port: redisServer.port)
        let api = try ExternalAPI()
        api.script([.status(503), .status(200), .hangUp])
        try Stage.perform { stage in
            try OutboxSchema.applyConsumers(on: stage.sql)
            let prefix = "\(stage.name)."
            for topic in ["order.events", "payment.events", "stock.events", "product.events", "data.platform", "realtime.events"]
            {
                try stage.createTopic(prefix + topic, partitions: 2)
                try stage.createTopic(prefix + topic + ".dlq")
            }
            try seed(stage)
            for product in 1...2 { _ = try redis("SET", "product:\(product)", "old") }
            try stage.start([("topic.prefix", prefix)]).waitUntilReady()
            let consumer = try ConsumerUnderTest([
                ("postgres.dsn", stage.dsn), ("kafka.bootstrap.servers", stage.bootstrap), ("topic.prefix", prefix),
                ("group.prefix", prefix), ("redis.url", redisServer.url), ("data.platform.url", api.url),
                ("consumers", "order-saga,stock,notification,cache,data-platform"),
            ])
            try pay(stage)

            do {
                try stage.wait(
                    for: "20 0", of: "SELECT count(*) || ' ' || count(*) FILTER (WHERE status <> 'CONFIRMED') FROM orders")
                try stage.wait(for: "20", of: "SELECT count(*) FROM deliveries WHERE status = 'PREPARING'")
                try stage.wait(for: "20", of: "SELECT count(*) FROM notifications WHERE type = 'ORDER_PAID'")
                try stage.wait(for: "980 960", of: "SELECT string_agg(stock::text, ' ' ORDER BY id) FROM products")
                try stage.wait(for: "1", of: "SELECT count(*) FROM consumer_dead_letters WHERE consumer_name = 'order-saga'")
                try stage.wait(until: "the data platform has everything") { api.acceptances.count == 20 }
                try stage.wait(until: "the cache is empty") { try redis("EXISTS", "product:1", "product:2") == "0" }
                let told = try stage.records(40, in: prefix + "realtime.events")
                #expect(told.count == 40)
            } catch {
                Issue.record("log of the consumers:\n\(consumer.logText)")
                throw error
            }
            #expect(try stage.scalar("SELECT reason FROM consumer_dead_letters") == "there is no such order")
            #expect(api.acceptances.values.allSatisfy { $0 == 1 })
            #expect(consumer.terminate(seconds: 10) == .exited(0))
        }
    }

    private func seed(_ stage: Stage) throws {
        try stage.execute(
            """
            INSERT INTO products (id, name, price, stock) SELECT n, 'p' || n, 10, 1000 FROM generate_series(1, 2) AS n;
            INSERT INTO orders (id, user_id, total_amount) SELECT n, 1 + n % 4, 50 FROM generate_series(1, 20) AS n;
            INSERT INTO order_items SELECT n, p, p, 10 FROM generate_series(1, 20) AS n, generate_series(1, 2) AS p;
            INSERT INTO stock_reservations (order_id, product_id, qty) SELECT order_id, product_id, qty FROM order_items;
            INSERT INTO point_accounts (user_id, balance) SELECT n, 100 FROM generate_series(1, 4) AS n
            """)
    }

    /// Orders 1 to 20, and one that there is not.
    private func pay(_ stage: Stage) throws {
        try stage.execute(
            """
            INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload)
            SELECT 'PAYMENT', n::text, 'PAYMENT_COMPLETED', 'payment.events',
                   jsonb_build_object('payment_id', n, 'order_id', n, 'user_id', 1 + n % 4, 'amount', 50, 'points_used', 5)
            FROM generate_series(1, 21) AS n
            """)
    }
}
