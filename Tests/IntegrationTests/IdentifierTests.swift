import Drills
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

/// Every command and mode against names that need their quotes: capitals, blanks, dots and quotes.
@Suite(.serialized, .needsServers)
struct IdentifierTests {
    private static let table = #""Mixed Case"."we""ird.Table""#
    private static let checkpoints = #""Mixed Case"."check""points.Table""#
    private static let names = [
        ("table", table), ("checkpoint.table", checkpoints), ("publication.name", #"Pub "x", y"#), ("column.status", #"St"atus"#),
        ("column.created_at", "created At"), ("column.seq", "Seq.No"), ("column.published_at", "Publi'shed"),
    ]

    /// The project's own tables, made by `migrate` in a schema with capitals and renamed then.
    private func migrate(_ stage: Stage) throws {
        try stage.execute(#"CREATE SCHEMA "Mixed Case""#)
        let own = [("table", #""Mixed Case".outbox_events"#), ("checkpoint.table", #""Mixed Case".outbox_checkpoints"#)]
        let up = try stage.command("migrate", "up", settings: own)
        #expect(up.exitCode == 0, "\(up)")
        #expect(try stage.command("migrate", "status", settings: own).exitCode == 0)
        try stage.execute(
            #"""
            ALTER TABLE "Mixed Case".outbox_events RENAME TO "we""ird.Table"; \#
            ALTER TABLE "Mixed Case".outbox_checkpoints RENAME TO "check""points.Table"; \#
            ALTER TABLE "Mixed Case"."we""ird.Table" RENAME COLUMN status TO "St""atus"; \#
            ALTER TABLE "Mixed Case"."we""ird.Table" RENAME COLUMN created_at TO "created At"; \#
            ALTER TABLE "Mixed Case"."we""ird.Table" RENAME COLUMN seq TO "Seq.No"; \#
            ALTER TABLE "Mixed Case"."we""ird.Table" RENAME COLUMN published_at TO "Publi'shed"
            """#)
        for (key, value) in Self.names { stage.setup[key] = value }
    }

    private func expectDone(_ stage: Stage, _ words: String..., settings: [(key: String, value: String)] = []) throws {
        let run = try stage.run(words, settings: settings)
        #expect(run.exitCode == 0, "\(words): \(run)")
    }

    @Test(arguments: Versions.oldestAndNewest, ["mark", "delete", "keep"])
    func `every command and the relay work with names that need quotes`(version: Int, afterPublish: String) throws {
        try Stage.perform(version: version, settings: [("after.publish", afterPublish)], hasTables: false) { stage in
            try migrate(stage)
            // A first start: rows of the table, then the stream.
            try stage.write(1...20, table: Self.table)
            let relay = try stage.startReady([
                ("retention.published", afterPublish == "mark" ? "1s" : ""), ("retention.interval.ms", "1000"),
            ])
            try stage.write(21...40, table: Self.table)
            #expect(try stage.numbers(40) == Array(1...40))
            let left = afterPublish == "keep" ? "40" : "0"
            try stage.wait(for: left, of: "SELECT count(*) FROM \(Self.table)")
            // A row that cannot be published: dead, with its reason.
            try stage.execute(
                "INSERT INTO \(Self.table) (aggregate_type, aggregate_id, event_type, payload, topic) VALUES ('T', '1', 'E', '{}', 'bad name')"
            )
            try stage.records(1, in: stage.setup.deadLetterTopic)
            if afterPublish != "keep" {
                try stage.wait(for: "1", of: #"SELECT count(*) FROM "Mixed Case"."we""ird.Table" WHERE "St""atus" = 'DEAD'"#)
            }
            let listen = [("http.listen", "127.0.0.1:\(relay.httpPort)")]
            try expectDone(stage, "status", settings: listen)
            try expectDone(stage, "lag", settings: listen)
            let doctor = try stage.command("doctor", "--json", settings: listen)
            #expect(doctor.exitCode == 0 && doctor.json["fail"] as? Int == 0, "\(doctor)")
            if afterPublish == "keep" { try expectDone(stage, "cleanup", "--older-than", "1s", "--yes") }
            #expect(try relay.terminate() == .exited(0))
            #expect(relay.lines("old rows were not removed").isEmpty)
            if afterPublish == "mark" {
                try expectDone(stage, "cleanup", "--older-than", "1ms", "--dead-older-than", "1ms", "--yes")
                #expect(try stage.number("SELECT count(*) FROM \(Self.table)") == 0)
            }

            // Without the relay: what an operator does by hand.
            try stage.write(41...45, table: Self.table)
            let down = try stage.command("status", "--json", settings: listen)
            #expect(down.exitCode == 3 && down.json["source"] as? String == "database", "\(down)")
            #expect(try stage.command("doctor", settings: listen).exitCode == 0)
            try expectDone(stage, "publication", "show")
            let peek = try stage.command("slot", "peek", "--json")
            let changes = (peek.json["changes"] as? [[String: Any]] ?? []).filter { $0["kind"] as? String == "insert" }
            #expect(peek.exitCode == 0 && changes.count == 5, "\(peek)")
            try expectDone(stage, "checkpoint", "show")
            try expectDone(stage, "slot", "advance", "--to-current", "--dry-run")
            try expectDone(stage, "slot", "advance", "--to-current", "--yes")
            let end = try stage.confirmed().map { "\($0)" } ?? ""
            try expectDone(stage, "checkpoint", "set", end, "--yes")
            try expectDone(stage, "slot", "drop", "--yes")
            try expectDone(stage, "checkpoint", "reset", "--yes")
            try expectDone(stage, "publication", "drop", "--yes")
            try expectDone(stage, "publication", "create")
            try expectDone(stage, "slot", "create", "--wait", "20")
            let again = try stage.startReady()
            try stage.write([46], table: Self.table)
            try stage.waitFor(number: 46)
            #expect(try again.terminate() == .exited(0))
        }
    }

    @Test func `partitions with such names are dropped by cleanup`() throws {
        try Stage.perform(settings: [("table", Self.table), ("column.created_at", "created At")], hasTables: false) { stage in
            try stage.execute(
                #"""
                CREATE SCHEMA "Mixed Case"; CREATE SCHEMA "Other ""One"; \#
                CREATE TABLE "Mixed Case"."we""ird.Table" (id uuid NOT NULL DEFAULT gen_random_uuid(), aggregate_id text, payload jsonb, \#
                aggregate_type text, event_type text, status text DEFAULT 'PENDING', "created At" timestamptz) \#
                PARTITION BY RANGE ("created At"); \#
                CREATE TABLE "Other ""One"."Old.Part" PARTITION OF "Mixed Case"."we""ird.Table" \#
                FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2020-02-01 00:00:00+00'); \#
                CREATE TABLE "Other ""One"."No'w" PARTITION OF "Mixed Case"."we""ird.Table" DEFAULT; \#
                INSERT INTO "Mixed Case"."we""ird.Table" (status, "created At") SELECT 'PUBLISHED', t \#
                FROM generate_series(1, 30), unnest(ARRAY[timestamptz '2020-01-10 00:00:00+00', '2021-01-01 00:00:00+00', now()]) t
                """#)
            let run = try stage.command("cleanup", "--older-than", "7d", "--yes", "--json")
            let result = run.json["result"] as? [String: Any]
            #expect(run.exitCode == 0 && result?["rows"] as? Int == 60, "\(run)")
            #expect((result?["partitions"] as? [String])?.count == 1, "\(run)")
            #expect(try stage.number("SELECT count(*) FROM \(Self.table)") == 30)
        }
    }
}
