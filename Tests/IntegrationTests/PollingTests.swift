import Drills
import LocalServers
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

/// The polling mode (design section 4) by itself.
@Suite(.serialized, .needsServers)
struct PollingTests {
    private static let polling = [(key: "mode", value: "polling"), (key: "polling.interval.ms", value: "100")]
    private static let published = "SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED'"

    /// A server on which no stream is possible.
    private static func replicaServer(_ version: Int? = nil) throws -> TemporaryPostgres {
        var options = PostgresOptions()
        options.settings = ["wal_level": "replica", "max_replication_slots": "0", "max_wal_senders": "0"]
        return try TestServers.ownPostgres(version: version, options: options)
    }

    @Test(arguments: Versions.all)
    func `It works with wal_level=replica, no slots, and a role that may only read and update`(version: Int) throws {
        try Stage.perform(server: Self.replicaServer(version), settings: Self.polling) { stage in
            try stage.execute("CREATE ROLE plain LOGIN")
            try stage.execute("GRANT SELECT, UPDATE ON outbox_events TO plain")
            try stage.write(1...1_200)
            let plain = (key: "postgres.dsn", value: stage.server.dsn(user: "plain", database: stage.name))
            let doctor = try stage.command("doctor", "--json", settings: Self.polling + [plain])
            #expect(doctor.exitCode == 0 && doctor.json["fail"] as? Int == 0, "\(doctor)")
            let relay = try stage.startReady([(plain.key, plain.value)])
            try stage.write(1_201...1_300)
            try stage.wait(for: "1300", of: Self.published)
            try stage.write([1_301])
            try stage.wait(for: "1301", of: Self.published)
            #expect(try stage.allNumbers() == Array(1...1_301))
            let row = try stage.execute(
                "SELECT locked_at, locked_by, retry_count, published_at - created_at < '60 s' FROM outbox_events WHERE seq = 1")
            #expect(row.isNull(0, 0) && row.isNull(0, 1) && row.text(0, 2) == "0" && row.boolean(0, 3) == true)
            #expect(relay.metrics()["outbox_relay_mode{mode=\"polling\"}"] == 1)
            #expect(relay.metrics()["outbox_relay_bookkeeping_rows_total"] == 1_301)
            #expect(relay.status()?.pendingRows == 0)
            #expect(try relay.terminate() == .exited(0))
            #expect(try stage.statuses() == ["PUBLISHED=1301"])
        }
    }

    @Test func `A published row can be deleted instead`() throws {
        try Stage.perform(settings: Self.polling + [("after.publish", "delete")]) { stage in
            try stage.startReady()
            try stage.write(1...700)
            try stage.wait(for: "0", of: "SELECT count(*) FROM outbox_events")
            #expect(try stage.allNumbers() == Array(1...700))
        }
    }

    @Test func `What polling needs and the table lacks is refused by name`() throws {
        try Stage.perform(settings: Self.polling) { stage in
            try stage.execute("ALTER TABLE outbox_events DROP COLUMN next_attempt_at, DROP COLUMN locked_by")
            #expect(try stage.findingsOfStart(Self.polling) == ["polling.columns"])
            try stage.execute("ALTER TABLE outbox_events ADD next_attempt_at timestamptz, ADD locked_by varchar(20)")
            #expect(try stage.findingsOfStart(Self.polling) == ["polling.locked_by"])
            try stage.execute("ALTER TABLE outbox_events ALTER locked_by TYPE text")
            try stage.execute("CREATE ROLE weak LOGIN")
            try stage.execute("GRANT SELECT ON outbox_events TO weak")
            let weak = stage.server.dsn(user: "weak", database: stage.name)
            #expect(try stage.findingsOfStart(Self.polling + [("postgres.dsn", weak)]) == ["table.update"])
            let keep = try stage.command("doctor", settings: [("after.publish", "keep")])
            #expect(keep.exitCode == 2 && keep.errors.contains("after.publish"), "\(keep)")
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `A table with capitals, quotes and dots in its names works`(version: Int) throws {
        let table = #""Mixed Case"."we""ird.Table""#
        let settings = Self.polling + [("table", table), ("column.partition_key", #"Partition "Key""#), ("slot.name", "odd")]
        try Stage.perform(version: version, settings: settings) { stage in
            try stage.execute(#"CREATE SCHEMA "Mixed Case""#)
            try stage.execute("CREATE TABLE \(table) (LIKE outbox_events INCLUDING ALL)")
            try stage.execute(#"ALTER TABLE \#(table) RENAME partition_key TO "Partition ""Key""""#)
            let notify = try stage.command("migrate", "notify")
            #expect(notify.exitCode == 0, "\(notify)")
            try stage.startReady()
            try stage.write(1...300, table: table)
            try stage.wait(for: "300", of: "SELECT count(*) FROM \(table) WHERE status = 'PUBLISHED'")
            #expect(try stage.allNumbers() == Array(1...300))
        }
    }

    @Test func `Without a sequence the rows go by created_at`() throws {
        try Stage.perform(settings: Self.polling + [("column.seq", "")]) { stage in
            try stage.execute("ALTER TABLE outbox_events DROP COLUMN seq")
            for start in stride(from: 1, to: 600, by: 3) { try stage.write(start..<start + 3, key: "k") }
            try stage.startReady()
            try stage.wait(for: "600", of: Self.published)
            #expect(try stage.allNumbers() == Array(1...600))
        }
    }

    @Test func `A bad row is a dead letter at once and holds back nobody`() throws {
        try Stage.perform(settings: Self.polling) { stage in
            let relay = try stage.startReady()
            try stage.execute(
                """
                INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload) VALUES \
                ('T', 'k', 'E', NULL, '{"n": 1}'), ('T', 'k', 'E', 'no topic!', '{"n": 2}'), ('T', 'k', 'E', NULL, '{"n": 3}')
                """)
            #expect(try stage.numbers(2) == [1, 3])
            let letter = try stage.records(1, in: stage.setup.deadLetterTopic)[0]
            #expect(letter.number == 2 && letter.headerText("outbox_error_reason") == "topic_invalid")
            try stage.wait(for: "DEAD", of: "SELECT status FROM outbox_events WHERE payload->>'n' = '2'")
            #expect(
                try stage.scalar("SELECT error_message FROM outbox_events WHERE status = 'DEAD'")?.hasPrefix("topic_invalid")
                    == true)
            #expect(relay.metrics()["outbox_relay_dead_letters_total{reason=\"topic_invalid\"}"] == 1)
        }
    }

    @Test func `dead.letter=halt stops before the bad row and leaves the others to the next start`() throws {
        try Stage.perform(settings: Self.polling + [("dead.letter", "halt")]) { stage in
            try stage.write([1], key: "k")
            try stage.execute(
                """
                INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload) VALUES \
                ('T', 'k', 'E', 'no topic!', '{"n": 2}')
                """)
            try stage.write([3], key: "k")
            #expect(try stage.findingsOfStart(Self.polling) == ["dead_letter.halt"])
            #expect(try stage.statuses() == ["PENDING=2", "PUBLISHED=1"])
            try stage.startReady([("dead.letter", "topic")])
            try stage.wait(for: "2", of: Self.published)
            #expect(try stage.allNumbers() == [1, 3])
        }
    }

    @Test func `An event that a broker refuses waits, holds back its own key only, and goes on when the topic is mended`() throws
    {
        try Stage.perform(settings: Self.polling) { stage in
            let bad = try stage.createTopic("\(stage.name).bad")
            try TopicSetting("message.timestamp.before.max.ms", "0").set(on: bad, bootstrap: stage.bootstrap)
            let relay = try stage.startReady()
            try insertWithRefusals(stage, bad)
            try stage.wait(for: "42", of: Self.published)
            let failed = try stage.execute(
                """
                SELECT payload->>'n', retry_count >= 1, next_attempt_at > created_at, error_message, locked_by IS NULL \
                FROM outbox_events WHERE status = 'FAILED'
                """)
            try #require(failed.rowCount == 1)
            #expect(failed.text(0, 0) == "1" && failed.boolean(0, 1) == true && failed.boolean(0, 2) == true)
            #expect(failed.text(0, 3)?.hasPrefix("the broker refused it: INVALID_TIMESTAMP") == true)
            #expect(try stage.number("SELECT count(*) FROM outbox_events WHERE status = 'PENDING' AND aggregate_id = 'bad'") == 2)
            try stage.write([50], key: "other")
            try stage.wait(for: "43", of: Self.published)
            try stage.wait(for: "t", of: "SELECT retry_count >= 2 FROM outbox_events WHERE payload->>'n' = '1'")
            #expect(try stage.number("SELECT count(*) FROM outbox_events WHERE status = 'PENDING' AND aggregate_id = 'bad'") == 2)
            try TopicSetting("message.timestamp.before.max.ms", "9223372036854775807").set(on: bad, bootstrap: stage.bootstrap)
            try stage.wait(for: "46", of: Self.published)
            #expect(try stage.allNumbers(in: bad) == [1, 2, 3])
            #expect(try stage.allNumbers() == Array(4...45) + [50])
            #expect(try stage.allRecords(in: stage.setup.deadLetterTopic).isEmpty)
            #expect(relay.isRunning)
        }
    }

    @Test func `When its attempts are used up it is dead, and the next of its key is tried`() throws {
        try Stage.perform(settings: Self.polling + [("polling.max.attempts", "2")]) { stage in
            let bad = try stage.createTopic("\(stage.name).bad")
            try TopicSetting("message.timestamp.before.max.ms", "0").set(on: bad, bootstrap: stage.bootstrap)
            try stage.startReady()
            try insertWithRefusals(stage, bad)
            try stage.wait(for: "3", of: "SELECT count(*) FROM outbox_events WHERE status = 'DEAD' AND retry_count = 2")
            #expect(try stage.statuses() == ["DEAD=3", "PUBLISHED=42"])
            #expect(
                try stage.number("SELECT count(*) FROM outbox_events WHERE error_message LIKE 'refused_by_broker: %, 2 times'")
                    == 3)
            let letters = try stage.allRecords(in: stage.setup.deadLetterTopic)
            #expect(letters.map(\.number) == [1, 2, 3])
            #expect(letters.allSatisfy { $0.headerText("outbox_original_topic") == bad })
            #expect(try stage.allNumbers() == Array(4...45))
        }
    }

    /// Events 1 to 3 of the key `bad` go to a topic that refuses them; 4 to 45 have other keys and go to the stage's.
    ///
    /// Refused is what is older than its arrival: a large message always takes longer than the clock's millisecond.
    private func insertWithRefusals(_ stage: Stage, _ bad: String) throws {
        try stage.execute("BEGIN")
        try stage.write(4...20)
        try stage.execute(
            """
            INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload) \
            SELECT 'T', 'bad', 'E', '\(bad)', jsonb_build_object('n', n, 'x', \
            (SELECT string_agg(md5(g::text), '') FROM generate_series(1, 28000) AS g)) FROM generate_series(1, 3) AS n
            """)
        try stage.write(21...45)
        try stage.execute("COMMIT")
    }

    @Test func `Rows that others hold are left alone with all that is behind them, and expired claims are taken over`() throws {
        try Stage.perform(settings: Self.polling + [("polling.lease.ms", "5000")]) { stage in
            try stage.write(1...4, key: "held")
            try stage.write(11...14, key: "locked")
            try stage.write(21...24, key: "nameless")
            try stage.write([31], key: "free")
            try stage.execute(
                "UPDATE outbox_events SET status = 'PROCESSING', locked_by = 'python-1', locked_at = now() WHERE payload->>'n' = '2'"
            )
            try stage.execute(
                "UPDATE outbox_events SET status = 'PROCESSING', locked_at = now() - interval '6 s' WHERE payload->>'n' = '22'")
            let other = try stage.session()
            try other.execute("BEGIN")
            try other.execute("SELECT 1 FROM outbox_events WHERE payload->>'n' = '12' FOR UPDATE")
            try stage.startReady()
            try stage.wait(for: "6", of: Self.published)
            #expect(try Set(stage.allNumbers()) == [11, 21, 22, 23, 24, 31])
            try other.execute("ROLLBACK")
            try stage.wait(for: "9", of: Self.published)
            #expect(
                try stage.number("SELECT count(*) FROM outbox_events WHERE aggregate_id = 'held' AND status = 'PUBLISHED'") == 0)
            try stage.wait(for: "13", of: Self.published, seconds: 10)
            for key in ["held", "locked", "nameless"] {
                let numbers = try stage.allRecords().filter { $0.keyText == key }.compactMap(\.number)
                #expect(numbers == numbers.sorted() && numbers.count == 4, "\(key): \(numbers)")
            }
        }
    }
}
