import Drills
import Kafka
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

@Suite(.serialized, .needsServers)
struct KafkaDeadLetterTests {
    /// A bad row among good ones, and the reason that its dead letter has to give.
    struct Case: Sendable, CustomTestStringConvertible {
        let reason: String
        /// Columns and values beside aggregate_type, aggregate_id, event_type and payload.
        var columns = ""
        var values = ""
        var payload = "{\"n\": 2}"
        var settings: [String: String] = [:]
        var originalTopic: String?

        var testDescription: String { "\(reason) \(values.prefix(20))" }
    }

    static let cases: [Case] = [
        Case(reason: "topic_missing", settings: ["topic.default": ""]),
        Case(reason: "topic_missing", columns: ", topic", values: ", ''", settings: ["topic.default": ""]),
        Case(reason: "topic_invalid", columns: ", topic", values: ", 'no topic: ü'", originalTopic: "no topic: ü"),
        Case(reason: "topic_invalid", columns: ", topic", values: ", '..'", originalTopic: ".."),
        Case(
            reason: "topic_invalid", columns: ", topic", values: ", repeat('x', 250)",
            originalTopic: String(repeating: "x", count: 250)),
        Case(reason: "headers_not_an_object", columns: ", headers", values: ", '[1]'"),
        Case(reason: "headers_not_an_object", columns: ", headers", values: ", '\"text\"'"),
    ]

    @Test(arguments: cases)
    func `A bad row goes to the dead-letter topic with everything that is known, and the others go on`(bad: Case) throws {
        try Stage.perform(settings: bad.settings.map { ($0.key, $0.value) }) { stage in
            let topic = try stage.createTopic("\(stage.name).good")
            let relay = try stage.startReady()
            try insert(stage, "1", columns: ", topic", values: ", '\(topic)'", payload: "{\"n\": 1}")
            let before = try stage.walPosition()
            try insert(stage, "bad", columns: bad.columns, values: bad.values, payload: bad.payload)
            let after = try stage.walPosition()
            try insert(stage, "3", columns: ", topic", values: ", '\(topic)'", payload: "{\"n\": 3}")

            #expect(try stage.numbers(2, in: topic) == [1, 3])
            let letter = try stage.records(1, in: stage.setup.deadLetterTopic)[0]
            let id = try stage.scalar("SELECT id FROM outbox_events WHERE aggregate_id = 'bad'") ?? ""
            #expect(letter.keyText == "bad")
            #expect(letter.text == bad.payload)
            #expect(letter.headerText("outbox_error_reason") == bad.reason)
            #expect(letter.headerText("outbox_error_message")?.isEmpty == false)
            #expect(letter.headerText("outbox_event_id") == id && letter.headerText("event_id") == id)
            #expect(letter.headerText("event_type") == "E" && letter.headerText("aggregate_type") == "T")
            let original = bad.originalTopic ?? (bad.reason == "topic_missing" ? nil : stage.setup.topic)
            #expect(letter.headerText("outbox_original_topic") == original)
            let lsn = letter.headerText("outbox_lsn") ?? ""
            #expect(
                try stage.scalar("SELECT '\(lsn)'::pg_lsn >= '\(before)' AND '\(lsn)'::pg_lsn <= '\(after)'") == "t", "\(lsn)")
            let failedAt = letter.headerText("outbox_failed_at") ?? ""
            #expect(
                try stage.scalar("SELECT abs(extract(epoch FROM now() - '\(failedAt)'::timestamptz)) < 30") == "t", "\(failedAt)")

            try stage.wait(for: "DEAD", of: "SELECT status FROM outbox_events WHERE id = '\(id)'")
            #expect(try stage.scalar("SELECT error_message FROM outbox_events WHERE id = '\(id)'")?.hasPrefix(bad.reason) == true)
            try stage.wait(for: "2", of: "SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED'")
            #expect(relay.metrics()["outbox_relay_dead_letters_total{reason=\"\(bad.reason)\"}"] == 1)
            #expect(!relay.logText.contains("{\\\"n\\\""), "no payload in the log")
        }
    }

    @Test func `A null payload goes to the dead letters as an envelope, and is a tombstone as a payload`() throws {
        for format in ["envelope", "payload"] {
            try Stage.perform(settings: [("format", format)]) { stage in
                try stage.execute("ALTER TABLE outbox_events ALTER COLUMN payload DROP NOT NULL")
                try stage.startReady()
                try insert(stage, "gone", columns: "", values: "", payload: nil)
                try stage.write([2])
                if format == "envelope" {
                    #expect(try stage.numbers(1) == [2])
                    let letter = try stage.records(1, in: stage.setup.deadLetterTopic)[0]
                    #expect(letter.value == nil && letter.headerText("outbox_error_reason") == "payload_missing")
                } else {
                    let records = try stage.records(2)
                    #expect(records[0].value == nil && records[0].keyText == "gone" && records[1].number == 2)
                }
            }
        }
    }

    @Test func `A text payload that is no JSON is a dead letter`() throws {
        try Stage.perform { stage in
            try stage.execute("ALTER TABLE outbox_events ALTER COLUMN payload TYPE text")
            try stage.startReady()
            try insert(stage, "1", columns: "", values: "", payload: "{\"n\": 1, ")
            try insert(stage, "1", columns: "", values: "", payload: "{\"n\": 2}")
            #expect(try stage.numbers(1) == [2])
            #expect(
                try stage.records(1, in: stage.setup.deadLetterTopic)[0].headerText("outbox_error_reason") == "payload_invalid")
        }
    }

    @Test func `A message that its topic does not take is known before it is produced`() throws {
        try Stage.perform { stage in
            let topic = try stage.createTopic("\(stage.name).small", settings: ["max.message.bytes": "10000"])
            let relay = try stage.startReady([("topic.default", topic)])
            try stage.write([1])
            for size in [9_000, 11_000, 200_000] {
                try stage.execute(
                    """
                    INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload) \
                    VALUES ('T', 'big', 'E', jsonb_build_object('n', \(size), 'x', repeat('x', \(size))))
                    """)
            }
            try stage.write([2])
            #expect(try stage.numbers(3, in: topic) == [1, 9_000, 2])
            let letters = try stage.records(2, in: stage.setup.deadLetterTopic)
            #expect(letters.map { $0.headerText("outbox_error_reason") } == ["message_too_large", "message_too_large"])
            #expect(letters.map { $0.text?.count ?? 0 > 11_000 } == [true, true])
            #expect(relay.metrics()["outbox_relay_restarts_total{reason=\"refused_message\"}"] == nil)
            // Larger than what its topic takes, but not than what another one does.
            try stage.execute(
                """
                INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload) \
                VALUES ('T', 'big', 'E', '\(stage.name)', jsonb_build_object('n', 3, 'x', repeat('x', 900000)))
                """)
            #expect(try stage.numbers(1, in: stage.name) == [3])
        }
    }

    @Test
    func `When a topic's limit is lowered behind the relay's back, the refused message is found and the others arrive in order`()
        throws
    {
        try Stage.perform { stage in
            let topic = try stage.createTopic("\(stage.name).shrinks")
            let relay = try stage.startReady([("topic.default", topic)])
            try stage.write([0], key: "k")
            try stage.records(1, in: topic)
            try TopicSetting("max.message.bytes", "10000").set(on: topic, bootstrap: stage.bootstrap)
            // All in one go, so that good ones are on their way with the bad one, before it and behind it.
            try stage.execute("BEGIN")
            try stage.write(1...50, key: "k")
            try stage.execute(
                """
                INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload) \
                SELECT 'T', 'k', 'E', jsonb_build_object('n', 51, 'x', string_agg(md5(g::text), '')) FROM generate_series(1, 1000) g
                """)
            try stage.write(52...100, key: "k")
            try stage.execute("COMMIT")
            try stage.write(101...150, key: "k")
            try stage.wait(for: "150", of: "SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED'", seconds: 60)
            let numbers = try stage.allNumbers(in: topic)
            var seen: Set<Int> = []
            #expect(numbers.filter { seen.insert($0).inserted } == Array(0...50) + Array(52...150))
            let letters = try stage.records(1, in: stage.setup.deadLetterTopic)
            #expect(letters.map(\.number) == [51])
            #expect(["refused_by_broker", "message_too_large"].contains(letters[0].headerText("outbox_error_reason") ?? ""))
            #expect(try stage.scalar("SELECT payload->>'n' FROM outbox_events WHERE status = 'DEAD'") == "51")
            #expect(relay.isRunning)
            try stage.write([151], key: "k")
            try stage.wait(for: "151", of: "SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED'")
            _ = try relay.terminate()
            #expect(try stage.allRecords(in: stage.setup.deadLetterTopic).count == 1)
        }
    }

    @Test func `An event for a topic that does not exist and is not created is a dead letter`() throws {
        try Stage.perform(kafka: KafkaClusters.secured()) { stage in
            try stage.startReady()
            try insert(stage, "1", columns: ", topic", values: ", 'does.not.exist'", payload: "{\"n\": 1}")
            try stage.write([2])
            #expect(try stage.numbers(1) == [2])
            let letter = try stage.records(1, in: stage.setup.deadLetterTopic)[0]
            #expect(letter.headerText("outbox_error_reason") == "topic_unavailable")
            #expect(letter.headerText("outbox_original_topic") == "does.not.exist")
        }
    }

    @Test func `A dead letter waits for its topic and is not dropped`() throws {
        try Stage.perform(kafka: KafkaClusters.secured()) { stage in
            let letters = "\(stage.name).letters"
            let relay = try stage.startReady([("dead.letter.topic", letters)])
            try insert(stage, "1", columns: ", topic", values: ", 'no topic!'", payload: "{\"n\": 1}")
            try stage.write([2])
            try relay.waitForLog("the dead-letter topic cannot be written; the relay waits")
            let position = try stage.walPosition()
            #expect(try stage.confirmed() ?? position < position)
            try stage.createTopic(letters)
            #expect(try stage.numbers(1) == [2])
            #expect(try stage.allRecords(in: letters).count == 1)
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `dead.letter=halt stops with exit code 1 and keeps the position`(version: Int) throws {
        try Stage.perform(version: version, settings: [("dead.letter", "halt")]) { stage in
            let relay = try stage.startReady()
            try stage.write([1])
            try stage.records(1)
            try stage.execute("BEGIN")
            try stage.write([2])
            try insert(stage, "bad", columns: ", topic", values: ", 'no topic!'", payload: "{\"n\": 3}")
            try stage.execute("COMMIT")
            let position = try stage.walPosition()
            try stage.write([4])
            #expect(try stage.findingsAtEnd(of: relay) == ["dead_letter.halt"])
            #expect(try stage.confirmed() ?? position < position)
            #expect(try stage.findingsOfStart() == ["dead_letter.halt"])
            #expect(try stage.scalar("SELECT status FROM outbox_events WHERE aggregate_id = 'bad'") == "PENDING")
            try stage.startReady([("dead.letter", "topic")])
            try stage.wait(for: "DEAD", of: "SELECT status FROM outbox_events WHERE aggregate_id = 'bad'")
            try stage.wait(for: "3", of: "SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED'")
            let numbers = try stage.allNumbers()
            #expect(Set(numbers) == [1, 2, 4])
            var seen: Set<Int> = []
            #expect(numbers.filter { seen.insert($0).inserted } == [1, 2, 4])
        }
    }

    @Test func `Bad rows that are there at the first start become dead letters as well`() throws {
        try Stage.perform { stage in
            try stage.write([1])
            try insert(stage, "bad", columns: ", topic", values: ", 'no topic!'", payload: "{\"n\": 2}")
            try stage.write([3])
            try stage.startReady()
            #expect(try stage.numbers(2) == [1, 3])
            #expect(try stage.numbers(1, in: stage.setup.deadLetterTopic) == [2])
            try stage.wait(for: "DEAD", of: "SELECT status FROM outbox_events WHERE aggregate_id = 'bad'")
        }
    }

    private func insert(_ stage: Stage, _ aggregate: String, columns: String, values: String, payload: String?) throws {
        try stage.execute(
            """
            INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload\(columns)) \
            VALUES ('T', '\(aggregate)', 'E', \(payload.map { "'\($0)'" } ?? "NULL")\(values))
            """)
    }
}
