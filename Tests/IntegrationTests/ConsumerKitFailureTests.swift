import ConsumerKit
import Drills
import Glibc
import Kafka
import LocalServers
import PostgresClient
import ServiceRuntime
import Synchronization
import Telemetry
import TestSupport
import Testing

/// What the kit does with events that cannot be applied, and with dependencies that are away.
@Suite(.serialized, .needsServers)
struct ConsumerKitFailureTests {
    @Test func `metrics tell how old the oldest open letter is, and how many were retried by whomever`() throws {
        try Stage.perform { stage in
            try stage.makeConsumerTables()
            let topic = try stage.createTopic("\(stage.name)_m")
            func letter(_ offset: Int, ageSeconds: Int) throws {
                try stage.execute(
                    """
                    INSERT INTO consumer_dead_letters (consumer_name, topic, partition_number, record_offset, headers, error_class, \
                    reason, attempts, first_failed_at, failed_at, dlq_topic) VALUES ('ledger', 't', 0, \(offset), '[]', 'rejected', \
                    'no', 1, now() - interval '\(ageSeconds) s', now(), 't.dlq')
                    """)
            }
            try letter(1, ageSeconds: 1_000)
            try letter(2, ageSeconds: 500)
            let registry = MetricRegistry()
            func value(_ name: String) -> Double {
                let line = registry.render().split(separator: "\n").first { $0.hasPrefix("outbox_consumer_dlq_\(name){") }
                return line?.split(separator: " ").last.flatMap { Double($0) } ?? -1
            }
            try stage.withConsumer(LedgerConsumer("ledger", topics: [topic]), registry: registry) { _ in
                try stage.wait(until: "the oldest is told") { value("oldest_seconds") >= 1_000 }
                #expect(value("oldest_seconds") < 1_100 && value("replayed_total") == 0)
                try stage.execute("UPDATE consumer_dead_letters SET state = 'retried' WHERE record_offset = 1")
                try stage.wait(until: "the other one is the oldest") { (500..<700).contains(value("oldest_seconds")) }
                try stage.wait(until: "the retry is counted") { value("replayed_total") == 1 }
                try stage.execute("UPDATE consumer_dead_letters SET state = 'discarded' WHERE record_offset = 2")
                try stage.wait(until: "none is open") { value("oldest_seconds") == 0 }
                #expect(value("replayed_total") == 1)
            }
        }
    }

    @Test
    func `Poison, refusals and events that break become dead letters, and everything else is applied`() throws {
        try Stage.perform { stage in
            let (topic, writer) = try stage.eventTopic()
            try writer.write(1...200)
            try writer.put("nonsense", key: "p", headers: [("x", [0xff, 0x00]), ("traceparent", Array("00-a".utf8))])
            try writer.put(nil, key: "p")
            try writer.write([1_001], key: "r", mode: "reject")
            try writer.write([1_002], key: "b", mode: "break")
            try writer.write([1_003], key: "s", mode: "refused")
            try writer.put("{\"event_type\":\"OTHER\"}", key: "o", headers: [("event_type", Array("OTHER".utf8))])
            try writer.write(201...400)
            let consumer = LedgerConsumer("ledger", topics: [topic])
            let registry = MetricRegistry()
            var settings = stage.consumerSettings()
            // The order of letters of different keys.
            settings.lanes = 1
            try stage.withConsumer(consumer, settings, registry: registry) { runner in
                try stage.wait(for: "400", of: "SELECT count(*) FROM effects")
                try stage.wait(for: "5", of: "SELECT count(*) FROM consumer_dead_letters WHERE state = 'open'")
                try stage.wait(until: "counted") { runner.snapshot.openDeadLetters == 5 }
                #expect(runner.snapshot.deadLetters == 5 && runner.snapshot.skipped == 1 && runner.snapshot.applied == 400)
            }
            // 3 retries after the first attempt alone; how often it broke in a larger batch is not counted.
            #expect(try stage.scalar("SELECT attempts FROM consumer_dead_letters WHERE error_class = 'unknown'") == "4")
            #expect(
                try stage.scalar("SELECT string_agg(error_class, ',' ORDER BY record_offset) FROM consumer_dead_letters")
                    == "bad_data,bad_data,rejected,unknown,bad_data")
            let letters = try stage.records(5, in: topic + ".dlq")
            #expect(letters.map(\.keyText) == ["p", "p", "r", "b", "s"])
            #expect(letters[0].value == Array("nonsense".utf8) && letters[1].value == nil)
            #expect(letters[0].header("x") == .some([0xff, 0x00]) && letters[0].headerText("traceparent") == "00-a")
            #expect(letters[0].headerText("dlq_original_offset") == "200" && letters[0].headerText("dlq_consumer") == "ledger")
            #expect(letters[0].headerText("dlq_stage") == "decode" && letters[2].headerText("dlq_stage") == "apply")
            #expect(letters[0].headerText("dlq_consumer_version") == "1")
            #expect(letters[0].headerText("dlq_original_timestamp_type") == "CreateTime")
            #expect(letters[0].headerText("dlq_instance")?.hasSuffix("/\(getpid())") == true)
            // Of the word, as sha256sum tells it.
            #expect(
                letters[0].headerText("dlq_value_sha256") == "999aaa8645bb72ff599e143b1e3d2a94777127f4783a69f067251f7bbebc5ab6")
            #expect(letters[1].headerText("dlq_value_sha256") == nil)
            #expect(letters[2].headerText("dlq_reason") == "the business says no")
            #expect(letters[2].headerText("dlq_event_id") == EnvelopeWriter.id(1_001))
            let admin = try Admin(properties: ["bootstrap.servers": stage.bootstrap], logger: .disabled)
            #expect(try admin.topicSettings(topic + ".dlq", timeoutMilliseconds: 5_000)["retention.ms"] == "2592000000")
            let rows = try stage.execute(
                "SELECT \(StoredRecord.columns) FROM consumer_dead_letters ORDER BY record_offset LIMIT 1")
            let stored = try #require(StoredRecord.read(rows, row: 0))
            #expect(stored.headerTexts.count == 2 && stored.header("x") == .some([0xff, 0x00]) && stored.keyText == "p")
            #expect(registry.render().contains("outbox_consumer_poison_total{consumer=\"ledger\"} 2"))

            // A second run over the same topic buries nothing twice.
            try stage.execute("UPDATE consumer_positions SET next_offset = 0")
            try writer.write([500])
            try stage.withConsumer(consumer) { runner in
                try stage.wait(for: "401", of: "SELECT count(*) FROM effects")
                try stage.wait(for: "407", of: "SELECT next_offset FROM consumer_positions")
                // What has no id is not known again, and buried in the same grave.
                #expect(runner.snapshot.deadLetters == 2)
            }
            #expect(try stage.number("SELECT count(*) FROM consumer_dead_letters") == 5)
            #expect(try stage.allRecords(in: topic + ".dlq").count == 5)
        }
    }

    @Test(arguments: [ParkingPolicy.wait, .follow])
    func `Later events of a dead letter's key wait, or follow it`(parking: ParkingPolicy) throws {
        try Stage.perform { stage in
            let (topic, writer) = try stage.eventTopic()
            try writer.write([1, 2], key: "k")
            try writer.write([3], key: "k", mode: "reject")
            try writer.write([4, 5], key: "k")
            try writer.write([6], key: "other")
            let consumer = LedgerConsumer("ledger", topics: [topic], parking: parking)
            try stage.withConsumer(consumer) { runner in
                try stage.wait(for: "3", of: "SELECT count(*) FROM effects")
                try writer.write([7], key: "k")
                try writer.write([8], key: "other")
                try stage.wait(for: "4", of: "SELECT count(*) FROM effects")
            }
            #expect(try stage.effects(key: "k") == [1, 2])
            #expect(try stage.effects(key: "other") == [6, 8])
            let isWaiting = parking == .wait
            #expect(try stage.number("SELECT count(*) FROM consumer_parked") == (isWaiting ? 3 : 0))
            #expect(try stage.number("SELECT count(*) FROM consumer_dead_letters") == (isWaiting ? 1 : 4))
            if !isWaiting {
                let classes = try stage.scalar(
                    "SELECT string_agg(error_class, ',' ORDER BY record_offset) FROM consumer_dead_letters")
                #expect(classes == "rejected,followed,followed,followed")
                #expect(try stage.records(4, in: topic + ".dlq").map(\.number) == [3, 4, 5, 7])
            }
        }
    }

    @Test
    func `A dead letter and what waits behind it can be applied by a command, beside the running consumer`() throws {
        try Stage.perform { stage in
            let (topic, writer) = try stage.eventTopic()
            try writer.write([1], key: "k", mode: "break")
            try writer.write([2, 3], key: "k")
            let consumer = LedgerConsumer("ledger", topics: [topic], parking: .wait)
            try stage.withConsumer(consumer) { runner in
                try stage.wait(for: "2", of: "SELECT count(*) FROM consumer_parked")
                consumer.switches.failing.withLock { _ = $0.insert(1) }
                let application = EventApplication(
                    consumer: consumer, settings: stage.consumerSettings(), connection: try stage.session())
                let letters = try stage.execute("SELECT \(StoredRecord.columns) FROM consumer_dead_letters")
                let letter = try #require(StoredRecord.read(letters, row: 0))
                #expect(application.apply(letter) == .duplicate, "its burial claimed it")
                let outcome = application.apply(letter, options: .init(ignoresClaims: true)) {
                    (transaction, _) throws(EffectError) in
                    try transaction.execute("UPDATE consumer_dead_letters SET state = 'retried'")
                }
                #expect(outcome == .applied)
                let parked = try stage.execute("SELECT \(StoredRecord.columns) FROM consumer_parked ORDER BY record_offset")
                let records = (0..<parked.rowCount).compactMap { StoredRecord.read(parked, row: $0) }
                let outcomes = application.apply(records) { (transaction, outcomes) throws(EffectError) in
                    try transaction.execute("DELETE FROM consumer_parked")
                }
                #expect(outcomes == [.applied, .applied])
                try writer.write([4], key: "k")
                try stage.wait(for: "4", of: "SELECT count(*) FROM effects")
                #expect(runner.readiness.isReady)
            }
            #expect(try stage.effects(key: "k") == [1, 2, 3, 4])
        }
    }

    @Test
    func `What a command buries because it cannot be read says so as what a running consumer buries`() throws {
        try Stage.perform { stage in
            let (topic, _) = try stage.eventTopic()
            try stage.execute("INSERT INTO consumer_state (consumer_name) VALUES ('ledger')")
            let application = EventApplication(
                consumer: LedgerConsumer("ledger", topics: [topic]), settings: stage.consumerSettings(),
                connection: try stage.session())
            let record = Record(
                topic: topic, partition: 0, offset: 7, timestampMilliseconds: nil, key: nil, value: Array("nonsense".utf8),
                headers: [])
            let outcome = application.apply(record, options: .init(buries: true))
            guard case .rejected = outcome else {
                Issue.record("\(outcome)")
                return
            }
            let letter = try #require(stage.records(1, in: topic + ".dlq").first)
            #expect(letter.headerText("dlq_stage") == "decode")
        }
    }

    @Test
    func `Too many bad events halt the consumer, which stays in its group and is not ready`() throws {
        try Stage.perform { stage in
            let (topic, writer) = try stage.eventTopic()
            for _ in 0..<300 { try writer.put("rubbish", key: "x") }
            try writer.flush()
            var settings = stage.consumerSettings()
            settings.flood.consecutive = 20
            settings.batchSize = 10
            let registry = MetricRegistry()
            try stage.withConsumer(LedgerConsumer("ledger", topics: [topic]), settings, registry: registry) { runner in
                try stage.wait(until: "it halts") { runner.snapshot.state == .halted }
                #expect(!runner.readiness.isReady && runner.readiness.reason.contains("in a row"))
                let buried = try stage.number("SELECT count(*) FROM consumer_dead_letters")
                #expect(buried >= 1 && buried <= 20)
                #expect(try stage.number("SELECT next_offset FROM consumer_positions") == buried, "and not beyond")
                try stage.wait(until: "paused") {
                    registry.render().contains("outbox_consumer_paused{consumer=\"ledger\",reason=\"halted\"} 1")
                }
                #expect(try stage.number("SELECT count(*) FROM consumer_dead_letters") == buried)
                #expect(runner.isLive && runner.outcome == nil)
            }
        }
    }

    @Test
    func `A dependency that is down opens its breaker, and nothing becomes a dead letter`() throws {
        try Stage.perform { stage in
            let (topic, writer) = try stage.eventTopic()
            let consumer = LedgerConsumer("ledger", topics: [topic])
            consumer.switches.isDependencyDown.withLock { $0 = true }
            try writer.write(1...500)
            try stage.withConsumer(consumer) { runner in
                try stage.wait(until: "the breaker opens") {
                    runner.snapshot.breakers.contains { $0.dependency == "gadget" && $0.state == .open }
                }
                try stage.wait(until: "it waits") { runner.snapshot.state == .waiting }
                #expect(runner.readiness.reason.contains("gadget"))
                try stage.wait(until: "lag is told while it waits") { (runner.snapshot.lag ?? 0) > 0 }
                consumer.switches.isDependencyDown.withLock { $0 = false }
                try stage.wait(for: "500", of: "SELECT count(*) FROM effects")
                try stage.wait(until: "it runs") { runner.readiness.isReady }
                #expect(runner.snapshot.deadLetters == 0)
            }
        }
    }

    @Test
    func `Postgres restarted in the middle loses nothing and doubles nothing`() throws {
        let server = try TestServers.ownPostgres()
        try Stage.perform(server: server) { stage in
            let (topic, writer) = try stage.eventTopic(partitions: 3)
            var settings = stage.consumerSettings()
            settings.batchSize = 20
            let consumer = LedgerConsumer("ledger", topics: [topic])
            let registry = MetricRegistry()
            try stage.withConsumer(consumer, settings, registry: registry) { runner in
                try writer.write(1...4_000)
                try stage.wait(until: "it works") { runner.snapshot.applied > 100 }
                try server.stop(.immediate)
                try stage.wait(until: "it waits") { runner.snapshot.state == .waiting }
                try server.start()
                let session = try stage.session()
                try stage.wait(until: "all is applied", seconds: 40) {
                    try session.execute("SELECT count(*) FROM effects").scalar == "4000"
                }
                try stage.wait(until: "it runs") { runner.readiness.isReady }
                #expect(try session.execute("SELECT count(DISTINCT n) FROM effects").scalar == "4000")
                #expect(runner.snapshot.deadLetters == 0)
            }
        }
        server.destroy()
    }

    @Test
    func `A record with a key longer than any index entry becomes a dead letter, and its key's events wait behind it`() throws {
        try Stage.perform { stage in
            let (topic, writer) = try stage.eventTopic()
            // Not to be compressed below the 2,700 bytes that an entry may have.
            let key = (1...800).map { String(UInt64($0) &* 0x9E37_79B9_7F4A_7C15, radix: 36) }.joined()
            try writer.put("nonsense", key: key)
            try writer.write([1, 2], key: key)
            try writer.write([3], key: "other")
            var settings = stage.consumerSettings()
            settings.parking = .wait
            try stage.withConsumer(LedgerConsumer("ledger", topics: [topic]), settings) { _ in
                try stage.wait(for: "1", of: "SELECT count(*) FROM effects")
                try stage.wait(for: "2", of: "SELECT count(*) FROM consumer_parked")
                #expect(try stage.number("SELECT count(*) FROM consumer_dead_letters WHERE state = 'open'") == 1)
            }
        }
    }

    @Test
    func `Commits that the database loses with its sessions are applied once more, those of every lane`() throws {
        try Stage.perform { stage in
            let (topic, writer) = try stage.eventTopic(partitions: 3)
            var settings = stage.consumerSettings()
            settings.lanes = 3
            settings.batchSize = 50
            try writer.write(1...2_000)
            try stage.withConsumer(LedgerConsumer("ledger", topics: [topic]), settings) { runner in
                try stage.wait(for: "2000", of: "SELECT count(*) FROM effects")
                try stage.wait(until: "the group knows it") { runner.snapshot.lag == 0 }
                // What a standby that was behind by the last events looks like to the consumer: they are gone, and so are the sessions.
                try stage.execute(
                    """
                    BEGIN; DELETE FROM effects WHERE n > 1500; \
                    DELETE FROM processed_events p WHERE NOT EXISTS (SELECT 1 FROM effects e WHERE e.event_id = p.event_id); \
                    UPDATE consumer_positions SET next_offset = next_offset / 2; \
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
                    AND pid <> pg_backend_pid() AND application_name = 'consumer'; COMMIT
                    """)
                try writer.write(2_001...2_100)
                try stage.wait(for: "2100", of: "SELECT count(*) FROM effects")
                try stage.wait(until: "it runs") { runner.readiness.isReady }
            }
            #expect(try stage.number("SELECT count(DISTINCT n) FROM effects") == 2_100)
            #expect(try stage.number("SELECT sum(next_offset) FROM consumer_positions") == 2_100)
        }
    }
}
