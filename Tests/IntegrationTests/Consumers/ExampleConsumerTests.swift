import ConsumerKit
import Telemetry
import Testing

/// The example of README's "Writing a consumer", which is ExampleConsumer.swift to the letter.
@Suite(.serialized, .needsServers)
struct ExampleConsumerTests {
    private func paid(_ number: Int, payload: String) -> String {
        """
        {"event_id":"\(EnvelopeWriter.id(number))","occurred_at":"\(EnvelopeWriter.now())","aggregate_type":"ORDER",\
        "aggregate_id":\(number),"event_type":"ORDER_PAID","payload":\(payload),"version":1}
        """
    }

    @Test func `the example adds up what customers paid, once for each event`() throws {
        try Stage.perform { stage in
            try stage.makeConsumerTables()
            try stage.execute("CREATE TABLE customer_totals (user_id bigint PRIMARY KEY, orders bigint, spent bigint)")
            let topic = try stage.createTopic("\(stage.name)_orders", partitions: 2)
            let writer = try EnvelopeWriter(topic, bootstrap: stage.bootstrap)
            // Each event twice, one of a type that the consumer does not handle, and one that names no customer.
            for _ in 1...2 {
                for number in 1...300 {
                    try writer.put(
                        paid(number, payload: #"{"user_id":\#(number % 3),"total_amount":100}"#), key: String(number))
                }
                try writer.put(paid(301, payload: #"{"total_amount":100}"#), key: "301")
                try writer.put(EnvelopeWriter.envelope(302, type: "ORDER_SHIPPED"), key: "302")
            }
            try writer.flush()

            let registry = MetricRegistry()
            let runner = try CustomerTotals(topic: topic).start(
                dsn: stage.dsn, brokers: stage.bootstrap, registry: registry, logger: .disabled)
            defer {
                runner.requestStop()
                _ = runner.join()
            }
            try stage.wait(for: "604", of: "SELECT sum(next_offset) FROM consumer_positions", seconds: 40)
            #expect(
                try stage.scalar(
                    "SELECT string_agg(concat_ws(' ', user_id, orders, spent), ', ' ORDER BY user_id) FROM customer_totals")
                    == "0 100 10000, 1 100 10000, 2 100 10000")
            #expect(
                try stage.scalar("SELECT string_agg(error_class || ': ' || reason, ', ') FROM consumer_dead_letters")
                    == "rejected: user_id is missing")
            try stage.wait(until: "the consumer is ready") { runner.readiness.isReady }
            #expect(registry.render().contains(#"outbox_consumer_duplicates_total{consumer="customer-totals"} 301"#))
            runner.requestStop()
            #expect(runner.join() == .stopped(isClean: true))
        }
    }
}
