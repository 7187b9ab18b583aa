import ConsumerKit
import Drills
import Kafka
import PostgresClient
import Telemetry

extension Stage {
    /// Makes the kit's tables and the effects of ``LedgerConsumer`` in this stage's database.
    func makeConsumerTables() throws {
        try OutboxSchema.applyConsumers(through: 9, on: sql)
        try execute(LedgerConsumer.table)
    }

    /// What a test of the kit begins with: its tables, a topic, and a writer of events into that.
    func eventTopic(partitions: Int = 1) throws -> (topic: String, writer: EnvelopeWriter) {
        try makeConsumerTables()
        let topic = try createTopic("\(name)_c", partitions: partitions)
        return (topic, try EnvelopeWriter(topic, bootstrap: bootstrap))
    }

    /// Settings for this stage with short times.
    func consumerSettings() -> ConsumerKitSettings {
        var settings = ConsumerKitSettings(
            postgres: ConnectionSettings(dsn: dsn, applicationName: "consumer"),
            kafka: ["bootstrap.servers": bootstrap, "session.timeout.ms": "6000", "heartbeat.interval.ms": "500"])
        settings.retry = RetryPolicy(retries: 3, initialMilliseconds: 20, maximumMilliseconds: 200)
        settings.breaker.openMilliseconds = 200
        settings.breaker.maximumOpenMilliseconds = 1_000
        settings.commitIntervalMilliseconds = 200
        return settings
    }

    /// Starts a consumer in this process; it is stopped when `body` is over.
    func withConsumer(
        _ consumer: any EventConsumer, _ settings: ConsumerKitSettings? = nil, registry: MetricRegistry = MetricRegistry(),
        lines: LogLines? = nil, _ body: (ConsumerRunner) throws -> Void
    ) throws {
        let logger = lines.map { lines in Logger(level: .debug, format: .json, sink: { lines.add($0) }) } ?? .disabled
        let runner = try ConsumerRunner(
            consumer: consumer, settings: settings ?? consumerSettings(), registry: registry, logger: logger)
        try runner.start()
        defer {
            runner.requestStop()
            _ = runner.join()
        }
        try body(runner)
    }

    func effects() throws -> Int { try number("SELECT count(*) FROM effects") }

    /// The numbers of a key in the order in which they took effect.
    func effects(key: String) throws -> [Int] {
        let rows = try sql.execute("SELECT n FROM effects WHERE key = $1 ORDER BY seq", [.text(key)])
        return (0..<rows.rowCount).compactMap { rows.integer($0, 0).map { Int($0) } }
    }
}
