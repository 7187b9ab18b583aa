import ConsumerKit
import Kafka
import PostgresClient
import Telemetry

/// Keeps in `customer_totals (user_id bigint PRIMARY KEY, orders bigint, spent bigint)` what each customer has paid.
struct CustomerTotals: EventConsumer {
    let definition: ConsumerDefinition

    init(topic: String = "order.events") {
        definition = ConsumerDefinition(
            name: "customer-totals", topics: [topic], eventTypes: ["ORDER_PAID"], summary: "orders and money by customer",
            rebuildTables: ["customer_totals"])
    }

    func apply(_ events: [ConsumedEvent], in transaction: EffectTransaction) throws(EffectError) {
        let (payments, refusals) = events.reading { event throws(PayloadError) in
            (user: try event.payload.integer("user_id"), amount: try event.payload.integer("total_amount"))
        }
        // No repetition mends these: they become dead letters, the others are applied.
        transaction.reject(refusals)
        // One statement for the batch. In the order of the key: then two lanes never wait for each other in a circle.
        try transaction.execute(
            """
            INSERT INTO customer_totals AS t (user_id, orders, spent)
            SELECT user_id, count(*), sum(amount) FROM unnest($1::bigint[], $2::bigint[]) AS p (user_id, amount)
            GROUP BY user_id ORDER BY user_id
            ON CONFLICT (user_id) DO UPDATE SET orders = t.orders + excluded.orders, spent = t.spent + excluded.spent
            """, [.integers(payments.map(\.user)), .integers(payments.map(\.amount))])
    }

    /// Starts it; the caller ends it by `requestStop()` and `join()`.
    func start(dsn: String, brokers: String, registry: MetricRegistry, logger: Logger) throws(ConsumerStartError)
        -> ConsumerRunner
    {
        let settings = ConsumerKitSettings(
            postgres: ConnectionSettings(dsn: dsn, applicationName: definition.name), kafka: ["bootstrap.servers": brokers])
        let runner = try ConsumerRunner(consumer: self, settings: settings, registry: registry, logger: logger)
        try runner.start()
        return runner
    }
}
