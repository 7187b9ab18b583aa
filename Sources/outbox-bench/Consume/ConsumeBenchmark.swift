import CommandLineKit
import Drills
import Glibc
import PostgresClient
import ServiceRuntime

/// Measures `consume`. Used by one thread.
final class ConsumeBenchmark {
    /// Without a new event for this long the measurement is given up.
    private static let patience: Int64 = 60_000_000_000

    private let plan: ConsumePlan
    private let stop: StopSignal
    private let progress: Progress
    private let servers: BenchServers
    private let connection: Connection
    private let day: String

    init(_ plan: ConsumePlan, stop: StopSignal, progress: Progress) throws {
        self.plan = plan
        self.stop = stop
        self.progress = progress
        servers = try BenchServers(plan.bench, settings: [:], stop: stop, progress: progress)
        guard servers.keepsRecords else {
            servers.destroy()
            throw BenchError("KAFKA_HOME is not set: the mock broker keeps too little of a topic for this measurement")
        }
        connection = try servers.connect()
        try OutboxSchema.applyConsumers(on: connection)
        day = try connection.execute("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')").scalar ?? ""
        try connection.execute(
            "INSERT INTO products (id, name, price, stock) SELECT n, 'product ' || n, 1000, 1000000 FROM generate_series(1, 1000) n"
        )
    }

    func destroy() {
        connection.close()
        servers.destroy()
    }

    // MARK: Rate

    func run() throws -> ConsumeReport {
        var rounds: [ConsumeRound] = []
        for number in 1...plan.rounds { rounds.append(try round(number)) }
        return ConsumeReport(plan: plan, facts: servers.facts, rounds: rounds, freshness: nil)
    }

    private func round(_ number: Int) throws -> ConsumeRound {
        let prefix = "round-\(number)."
        let topic = prefix + plan.subject.topic
        for name in Set([topic, prefix + "order.events", prefix + "catalog.events"]) { try servers.createTopic(name) }
        try EventFeed.write(
            plan.subject, count: plan.events, day: day, to: topic, bootstrap: servers.bootstrap, stop: stop, progress: progress)
        try empty()
        let busyBefore = try MachineRest.wait(seconds: plan.bench.settle, stop: stop, progress: progress)
        let (curve, usage) = try consume(prefix)
        let effects = try connection.execute(plan.subject.effects).integer(0, 0) ?? 0
        try empty()
        let plain = try PlainLoop(plan.subject, connection: connection, stop: stop).run(
            topic: topic, bootstrap: servers.bootstrap, seconds: plan.plainSeconds, progress: progress)
        let round = ConsumeRound(
            plain: plain, curve: curve, usage: usage, events: plan.events, effects: Int(effects), busyBefore: busyBefore)
        progress.say(
            "round \(number): one by one \(Figures.rate(plain)), consumer \(Figures.rate(curve.steady)) events/s, "
                + "ratio \(Figures.decimal(round.ratio, 1))")
        return round
    }

    /// Everything that a round leaves, but not the inbox's partitions.
    private func empty() throws {
        let tables = plan.subject.tables + ["processed_events", "consumer_positions"]
        try connection.execute("TRUNCATE \(tables.joined(separator: ", "))")
        try connection.execute("VACUUM", timeoutMilliseconds: 60_000)
    }

    private func consume(_ prefix: String) throws -> (RateCurve, ProcessUsage) {
        let consumer = try start(prefix)
        var curve = RateCurve()
        var movedAt = MonotonicTime.now()
        while curve.last < plan.events {
            if stop.isSet { throw BenchError.interrupted }
            if let samples = try consumer.scrape() {
                let now = MonotonicTime.now()
                let count = samples.applied
                if count > curve.last { movedAt = now }
                curve.note(count, at: now)
            }
            if MonotonicTime.now() - movedAt > Self.patience {
                throw BenchError("the consumer stands still after \(curve.last) events:\n\(consumer.logTail)")
            }
            progress.update("the consumer: \(Figures.grouped(curve.last)) events")
            usleep(50_000)
        }
        let usage = try consumer.usage()
        try consumer.stop()
        return (curve, usage)
    }

    private func start(_ prefix: String) throws -> MeasuredProcess {
        try MeasuredProcess.consumer(
            servers, executable: plan.consumerPath, only: plan.subject.rawValue,
            settings: ["topic.prefix=\(prefix)", "group.prefix=\(prefix)"] + plan.consumerSettings)
    }

    // MARK: Freshness

    /// Events at a fixed rate through the outbox table and the relay.
    func runFreshness() throws -> ConsumeReport {
        let prefix = "fresh."
        for name in ["order.events", "catalog.events", "realtime.events"] { try servers.createTopic(prefix + name) }
        try empty()
        let slot = "bench_fresh"
        try connection.execute("SELECT pg_create_logical_replication_slot('\(slot)', 'pgoutput')")
        _ = try MachineRest.wait(seconds: plan.bench.settle, stop: stop, progress: progress)
        let relay = try MeasuredProcess.relay(
            servers, options: plan.bench, slot: slot, settings: ["topic.prefix=\(prefix)"])
        try relay.waitUntilStreaming(stop: stop)
        let consumer = try start(prefix)
        let warmUp = plan.rate * plan.warmUpSeconds
        let events = warmUp + plan.rate * plan.seconds
        let writers = OpenLoopWriters(
            schedule: Schedule(start: MonotonicTime.now() + 3_000_000_000, rate: plan.rate), events: events,
            firstMeasured: warmUp,
            stop: stop)
        let settings = servers.sessionSettings
        let statement = statement
        let stop = stop
        for index in 0..<8 {
            try writers.start(index) {
                let session = try Connection.open(settings, stop: stop)
                try session.execute(statement)
                return session
            }
        }
        var before: [(bound: Double, count: Double)]?
        let deadline = MonotonicTime.now() + Int64(plan.warmUpSeconds + plan.seconds + 60) * 1_000_000_000
        while true {
            if stop.isSet { throw BenchError.interrupted }
            if let failure = writers.failure { throw BenchError(failure) }
            if let samples = try consumer.scrape() {
                let applied = samples.applied
                progress.update("\(Figures.grouped(applied)) of \(Figures.grouped(events)) events took effect")
                if before == nil, applied >= warmUp { before = samples.buckets("outbox_consumer_freshness_seconds") }
                if applied >= events { break }
            }
            guard MonotonicTime.now() < deadline else {
                throw BenchError("not every event took effect in time:\n\(consumer.logTail)\n\(relay.logTail)")
            }
            usleep(50_000)
        }
        _ = writers.finish()
        guard let before, let after = try consumer.scrape()?.buckets("outbox_consumer_freshness_seconds") else {
            throw BenchError("the consumer's metrics were not read before and after the measurement")
        }
        try consumer.stop()
        try relay.stop()
        return ConsumeReport(
            plan: plan, facts: servers.facts, rounds: [], freshness: HistogramQuantile(from: before, to: after))
    }

    /// Writes one event whose payload is made in the database, from its number.
    private var statement: String {
        let type =
            plan.subject == .productMetrics ? "PRODUCT_VIEWED" : plan.subject == .analytics ? "ORDER_PAID" : "ORDER_CREATED"
        let aggregate = plan.subject == .productMetrics ? "PRODUCT" : "ORDER"
        let id = plan.subject == .productMetrics ? "($1 % 1000 + 1)" : "($1 + 1)"
        return """
            PREPARE write_event(bigint) AS INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload) \
            VALUES ('\(aggregate)', \(id)::text, '\(type)', '\(plan.subject.topic)', jsonb_build_object('order_id', $1 + 1, \
            'user_id', $1 * 7919 % 50000 + 1, 'product_id', $1 % 1000 + 1, 'total_amount', 1000, 'date', '\(day)', \
            'items', jsonb_build_array(jsonb_build_object('product_id', $1 % 1000 + 1, 'qty', 1, 'price', 1000))))
            """
    }
}

extension MetricSamples {
    /// Events whose effects are committed.
    fileprivate var applied: Int { Int(sum("outbox_consumer_records_total", having: "result=\"applied\"")) }
}
