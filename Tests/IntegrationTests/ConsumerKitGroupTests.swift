import ConsumerKit
import Drills
import Kafka
import PostgresClient
import ServiceRuntime
import Telemetry
import TestSupport
import Testing

/// Several instances of a consumer, stops and starts, retention and speed.
@Suite(.serialized, .needsServers)
struct ConsumerKitGroupTests {
    @Test
    func `Two instances share a topic; one comes and goes, and every event takes effect once and in order`() throws {
        try Stage.perform { stage in
            let (topic, writer) = try stage.eventTopic(partitions: 4)
            var settings = stage.consumerSettings()
            settings.batchSize = 50
            let registry = MetricRegistry()
            try stage.withConsumer(LedgerConsumer("ledger", topics: [topic]), settings, registry: registry) { first in
                try writer.write(1...3_000)
                try stage.withConsumer(LedgerConsumer("ledger", topics: [topic]), settings) { second in
                    try stage.wait(until: "both have partitions") {
                        !first.snapshot.partitions.isEmpty && !second.snapshot.partitions.isEmpty
                            && first.snapshot.partitions.count + second.snapshot.partitions.count == 4
                    }
                    try writer.write(3_001...6_000)
                    try stage.wait(until: "both work") { second.snapshot.applied > 10 }
                }
                try writer.write(6_001...7_000)
                try stage.wait(for: "7000", of: "SELECT count(*) FROM effects")
                try stage.wait(until: "the first has all again") { first.snapshot.partitions.count == 4 }
            }
            #expect(try stage.number("SELECT count(DISTINCT n) FROM effects") == 7_000)
            for key in 0..<50 {
                let order = try stage.effects(key: String(key))
                #expect(order == order.sorted(), "key \(key)")
            }
            #expect(registry.render().contains("outbox_consumer_rebalances_total{consumer=\"ledger\",kind=\"revoked\"}"))
        }
    }

    @Test(arguments: [nil, "steady"] as [String?])
    func `A member that gets nothing for too long joins anew, and works once the group can divide again`(instance: String?) throws
    {
        try Stage.perform { stage in
            let (topic, writer) = try stage.eventTopic(partitions: 2)
            try writer.write(1...100)
            var settings = stage.consumerSettings()
            settings.group = "\(stage.name)_deaf"
            settings.groupInstance = instance
            settings.kafka["session.timeout.ms"] = "2000"
            settings.kafka["max.poll.interval.ms"] = "2000"
            // Heartbeats, and never gives anything back; the group is told to wait for it as long as for a member that works long.
            let deaf = try GroupConsumer(
                properties: ["bootstrap.servers": stage.bootstrap, "max.poll.interval.ms": "300000"],
                group: "\(stage.name)_deaf", topics: [topic], instance: nil, logger: .disabled)
            defer { deaf.close(within: 20_000) }
            var has = false
            try stage.wait(until: "the deaf member has all") {
                if case .assigned(let partitions) = deaf.poll(timeoutMilliseconds: 100) {
                    try deaf.assign(partitions.map { ($0, nil) })
                    has = true
                }
                return has
            }
            let registry = MetricRegistry()
            try stage.withConsumer(LedgerConsumer("ledger", topics: [topic]), settings, registry: registry) { runner in
                try stage.wait(until: "it has joined anew", seconds: 40) {
                    _ = deaf.poll(timeoutMilliseconds: 100)
                    return registry.render().contains("outbox_consumer_joined_anew_total{consumer=\"ledger\"} 1\n")
                }
                #expect(runner.snapshot.partitions.isEmpty)
                #expect(deaf.close(within: 20_000))
                try stage.wait(for: "100", of: "SELECT count(*) FROM effects")
            }
        }
    }

    @Test
    func `A stop finishes what runs, and the next start goes on without a repetition`() throws {
        try Stage.perform { stage in
            let (topic, writer) = try stage.eventTopic(partitions: 2)
            var settings = stage.consumerSettings()
            settings.batchSize = 20
            // With several lanes, what one of them had done beyond the gap that another left would come again.
            settings.lanes = 1
            try writer.write(1...3_000)
            var duplicates = 0
            for round in 1...3 {
                let runner = try ConsumerRunner(
                    consumer: LedgerConsumer("ledger", topics: [topic]), settings: settings, registry: MetricRegistry(),
                    logger: .disabled)
                try runner.start()
                try stage.wait(until: "it works") { runner.snapshot.applied > 200 }
                runner.requestStop()
                #expect(runner.join() == .stopped(isClean: true), "round \(round)")
                duplicates += runner.snapshot.duplicates
            }
            try stage.withConsumer(LedgerConsumer("ledger", topics: [topic]), settings) { runner in
                try stage.wait(for: "3000", of: "SELECT count(*) FROM effects")
                duplicates += runner.snapshot.duplicates
            }
            #expect(duplicates == 0)
        }
    }

    @Test
    func `It refuses to forget claims before the topic forgets events, and to run without its tables`() throws {
        try Stage.perform { stage in
            let topic = try stage.createTopic("\(stage.name)_c", settings: ["retention.ms": "864000000"])
            func refusal() throws -> String {
                var settings = stage.consumerSettings()
                settings.inboxRetentionDays = 9
                let runner = try ConsumerRunner(
                    consumer: LedgerConsumer("ledger", topics: [topic]), settings: settings, registry: MetricRegistry(),
                    logger: .disabled)
                try runner.start()
                try stage.wait(until: "it ends") { runner.outcome != nil }
                guard case .failed(let reason) = runner.join() else { return "" }
                return reason
            }
            #expect(try refusal().contains("migrate up"))
            try stage.makeConsumerTables()
            #expect(try refusal().contains("keeps its events for 10 days"))
        }
    }

    @Test
    func
        `Events of wrong times are claimed like others; days past their retention are dropped unless something was claimed lately`()
        throws
    {
        try Stage.perform { stage in
            let (topic, writer) = try stage.eventTopic()
            for (number, time) in ["2026-11-02T00:00:00Z", "1990-01-01T00:00:00Z", "2500-01-01T00:00:00Z"].enumerated() {
                try writer.put(EnvelopeWriter.envelope(number, occurredAt: time), key: "k")
                try writer.put(EnvelopeWriter.envelope(number, occurredAt: time), key: "k")
            }
            try writer.flush()
            for day in ["20250101", "20250102"] {
                try stage.execute(
                    """
                    CREATE TABLE processed_events_\(day) PARTITION OF processed_events \
                    FOR VALUES FROM ('\(day)'::date) TO ('\(day)'::date + 1)
                    """)
            }
            try stage.execute(
                """
                INSERT INTO processed_events VALUES ('other', 1, gen_random_uuid(), '2025-01-01', now() - interval '40 days'), \
                ('other', 1, gen_random_uuid(), '2025-01-02', now() - interval '30 days')
                """)
            try stage.withConsumer(LedgerConsumer("ledger", topics: [topic])) { runner in
                try stage.wait(until: "all came") { runner.snapshot.applied + runner.snapshot.duplicates == 6 }
                #expect(runner.snapshot.applied == 3)
                try stage.wait(for: "t", of: "SELECT to_regclass('processed_events_20250101') IS NULL", seconds: 30)
            }
            #expect(try stage.number("SELECT count(*) FROM processed_events WHERE event_day = '1970-01-01'") >= 2)
            #expect(try stage.number("SELECT count(*) FROM processed_events_20250102") == 1)
        }
    }

    @Test
    func `A topic made anew is read from its beginning`() throws {
        try Stage.perform { stage in
            try stage.makeConsumerTables()
            let topic = try stage.createTopic("\(stage.name)_c")
            try stage.execute("INSERT INTO consumer_positions VALUES ('ledger', '\(topic)', 0, 5000)")
            // What the topic's former life has left, and even of one before that.
            for offset in [-7, 0, 10, 4_000] {
                try stage.execute(
                    """
                    INSERT INTO consumer_dead_letters (consumer_name, topic, partition_number, record_offset, headers, error_class, reason, \
                    attempts, first_failed_at, failed_at, dlq_topic) \
                    VALUES ('ledger', '\(topic)', 0, \(offset), '[]', 'unknown', 'of old', 1, now(), now(), 'x'); \
                    INSERT INTO consumer_parked (consumer_name, topic, partition_number, record_offset, event_id, record_key, headers) \
                    VALUES ('ledger', '\(topic)', 0, \(offset + 1), gen_random_uuid(), 'old', '[]')
                    """)
            }
            let writer = try EnvelopeWriter(topic, bootstrap: stage.bootstrap)
            try writer.put("nonsense", key: "p")
            try writer.write(1...10)
            let lines = LogLines()
            try stage.withConsumer(LedgerConsumer("ledger", topics: [topic]), lines: lines) { _ in
                try stage.wait(for: "10", of: "SELECT count(*) FROM effects")
                try stage.wait(for: "11", of: "SELECT next_offset FROM consumer_positions")
            }
            #expect(lines.contains("made anew"))
            #expect(
                try stage.scalar(
                    "SELECT string_agg(record_offset || ' ' || error_class, ',' ORDER BY record_offset) FROM consumer_dead_letters"
                )
                    == "-4016 unknown,-4009 unknown,-3999 unknown,-9 unknown,0 bad_data")
            #expect(
                try stage.scalar("SELECT string_agg(record_offset::text, ',' ORDER BY record_offset) FROM consumer_parked")
                    == "-4015,-4008,-3998,-8")
        }
    }
}
