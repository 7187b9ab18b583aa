import ConsumerKit
import Kafka
import PostgresClient
import ServiceRuntime
import Telemetry

/// The consumer that everybody writes first: poll one record, one transaction with the inbox row and the effect, next record.
///
/// It does the same as the measured consumer and nothing more: no retries, no dead letters, not even an offset's commit.
struct PlainLoop {
    private let subject: ConsumeSubject
    private let connection: Connection
    private let stop: StopSignal

    init(_ subject: ConsumeSubject, connection: Connection, stop: StopSignal) {
        self.subject = subject
        self.connection = connection
        self.stop = stop
    }

    /// Events a second, over `seconds` or until the topic is at its end.
    func run(topic: String, bootstrap: String, seconds: Int, progress: Progress) throws -> Double {
        let consumer = try Consumer(properties: ["bootstrap.servers": bootstrap], logger: .disabled)
        defer { consumer.close() }
        var open = try consumer.assign(topic: topic).count
        var applied = 0
        var began: Int64 = 0
        var now: Int64 = 0
        while open > 0 {
            if stop.isSet { throw BenchError.interrupted }
            switch consumer.poll(timeoutMilliseconds: 1_000) {
            case .record(let record):
                if applied == 0 { began = MonotonicTime.now() }
                try apply(record)
                applied += 1
                now = MonotonicTime.now()
                progress.update("one transaction per event: \(Figures.grouped(applied)) events")
                if now - began > Int64(seconds) * 1_000_000_000 { open = 0 }
            case .endOfPartition: open -= 1
            case .nothing: break
            case .error(let error): throw error
            }
        }
        return applied > 1 ? Double(applied) * 1e9 / Double(now - began) : .nan
    }

    private func apply(_ record: Record) throws {
        let event = try JSONDocument(record.value ?? [], what: "the event").root
        let id = try event.string("event_id")
        guard let payload = event.member("payload") else { throw BenchError("an event without a payload") }
        let user = QueryParameter.integer(try payload.integer("user_id"))
        try connection.execute("BEGIN")
        let claim = try connection.execute(
            """
            INSERT INTO processed_events (consumer_name, epoch, event_id, event_day) VALUES ('plain', 1, $1, $2::date) \
            ON CONFLICT DO NOTHING
            """, [.text(id), .text(String(try event.string("occurred_at").prefix(10)))])
        if claim.affectedRows == 1 {
            switch subject {
            case .analytics: try sell(payload, user)
            case .productMetrics:
                let column = try event.string("event_type") == "LIKE_ADDED" ? "like_count" : "view_count"
                try connection.execute(
                    """
                    INSERT INTO product_metrics (product_id, \(column)) VALUES ($1::bigint, 1) ON CONFLICT (product_id) \
                    DO UPDATE SET \(column) = product_metrics.\(column) + 1, updated_at = now()
                    """, [.integer(try payload.integer("product_id"))])
            case .notification: try notify(payload, id: id, user: user, type: try event.string("event_type"))
            }
        }
        try connection.execute("COMMIT")
    }

    private func sell(_ payload: JSONView, _ user: QueryParameter) throws {
        let date = QueryParameter.text(try payload.string("date"))
        let customers = try connection.execute(
            "INSERT INTO daily_customers (date, user_id) VALUES ($1::date, $2::bigint) ON CONFLICT DO NOTHING", [date, user])
        try connection.execute(
            """
            INSERT INTO daily_sales (date, total_orders, total_revenue, unique_customers) \
            VALUES ($1::date, 1, $2::bigint, \(customers.affectedRows)) ON CONFLICT (date) DO UPDATE SET \
            total_orders = daily_sales.total_orders + 1, total_revenue = daily_sales.total_revenue + excluded.total_revenue, \
            unique_customers = daily_sales.unique_customers + excluded.unique_customers, updated_at = now()
            """, [date, .integer(try payload.integer("total_amount"))])
        for item in try payload.array("items") {
            let quantity = try item.integer("qty")
            try connection.execute(
                """
                INSERT INTO product_daily_stats (product_id, date, purchase_count, revenue) \
                VALUES ($1::bigint, $2::date, $3::bigint, $4::bigint) ON CONFLICT (product_id, date) DO UPDATE SET \
                purchase_count = product_daily_stats.purchase_count + excluded.purchase_count, \
                revenue = product_daily_stats.revenue + excluded.revenue
                """,
                [
                    .integer(try item.integer("product_id")), date, .integer(quantity),
                    .integer(quantity * (try item.integer("price"))),
                ])
        }
    }

    private func notify(_ payload: JSONView, id: String, user: QueryParameter, type: String) throws {
        let order = try payload.integer("order_id")
        try connection.execute(
            "INSERT INTO notifications (user_id, type, message, event_id) VALUES ($1::bigint, $2, $3, $4::uuid)",
            [user, .text(type), .text("Order \(order)"), .text(id)])
        try connection.execute(
            """
            INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload) \
            VALUES ('USER', $1::text, 'NOTIFICATION', 'realtime.events', \
            jsonb_build_object('user_id', $1::text::bigint, 'message', $2::text))
            """, [user, .text("Order \(order)")])
    }
}
