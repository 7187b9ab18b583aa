import Drills
import Kafka
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

/// `replay` and `where`.
@Suite(.serialized, .needsServers)
struct ReplayTests {
    @Test(arguments: Versions.oldestAndNewest)
    func `Rows are replayed in order with their ids and a mark, and verify does not take them as duplicates`(version: Int) throws
    {
        try Stage.perform(version: version) { stage in
            let relay = try stage.startReady()
            try stage.write(1...9, key: "a")
            try stage.write(10...12, key: "b")
            try stage.waitForPublished(12)
            try relay.terminate()
            try stage.write([13], key: "a")
            #expect(try stage.command("replay", "--yes").exitCode == 2)
            #expect(try stage.command("replay", "--aggregate", "T/a").exitCode == 2, "without a terminal it needs --yes")
            let dry = try stage.command("replay", "--aggregate", "T/a", "--dry-run", "--json")
            #expect(dry.exitCode == 0 && dry.json["done"] as? Bool == false, "\(dry)")
            #expect(try stage.allRecords().count == 12)
            let run = try stage.command("replay", "--aggregate", "T/a", "--yes", "--json")
            #expect(run.exitCode == 0 && run.result["published"] as? Int == 9, "\(run)")
            let all = try stage.records(21)
            #expect(all[12...].map(\.number) == Array(1...9))
            for (first, second) in zip(all[0...8], all[12...]) {
                #expect(first.text == second.text && first.keyText == second.keyText)
                #expect(first.headerText("event_id") == second.headerText("event_id"))
                #expect(first.headerText("outbox_replayed_at") == nil && second.headerText("outbox_replayed_at") != nil)
            }
            #expect(try stage.statuses() == ["PENDING=1", "PUBLISHED=12"], "rows are not touched")

            let ids = [try stage.id(of: 11), try stage.id(of: 10), try stage.id(of: 13)].joined(separator: ",")
            let some = try stage.command("replay", "--ids", ids, "--yes", "--json")
            #expect(some.exitCode == 0 && some.result["published"] as? Int == 2, "\(some)")
            #expect(try stage.records(23)[21...].map(\.number) == [10, 11], "in the order of seq")
            #expect(try stage.command("replay", "--ids", "00000000-0000-4000-8000-000000000000", "--yes").exitCode == 1)
            let since = try stage.command("replay", "--since", "1h", "--topic", "other", "--yes", "--json")
            #expect(since.exitCode == 0 && since.result["published"] as? Int == 0, "\(since)")
            let verified = try stage.command("verify", "--json")
            #expect(verified.exitCode == 0 && verified.number("repeated") == 11, "\(verified)")
        }
    }

    @Test func `What cannot be replayed is named`() throws {
        try Stage.perform { stage in
            let relay = try stage.startReady()
            try stage.write([1], key: "a")
            try stage.execute(
                """
                INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload) \
                VALUES ('T', 'a', 'E', jsonb_build_object('n', 2, 'x', repeat('x', 20000)))
                """)
            try stage.waitForPublished(2)
            try relay.terminate()
            try TopicSetting("max.message.bytes", "10000").set(on: stage.setup.topic, bootstrap: stage.bootstrap)
            let run = try stage.command("replay", "--since", "1h", "--yes", "--json")
            let failed = run.result["failed"] as? [[String: Any]] ?? []
            #expect(run.exitCode == 1 && failed.count == 1, "\(run)")
            #expect(failed.first?["event_id"] as? String == (try stage.id(of: 2)))
            #expect((failed.first?["reason"] as? String)?.contains("message_too_large") == true)
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `where says where an event is, at every place it can be`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            let nowhere = "00000000-0000-4000-8000-000000000000"
            let relay = try stage.startReady()
            let open = try stage.session()
            try open.execute("BEGIN")
            try stage.write([9], on: open)
            let uncommitted = try open.execute("SELECT id FROM outbox_events").scalar ?? ""
            try stage.write([1, 2])
            try stage.execute(
                """
                INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload) \
                VALUES ('T', '1', 'E', 'no topic!', '{"n": 3}')
                """)
            try stage.waitForPublished(2)
            try stage.wait(for: "1", of: "SELECT count(*) FROM outbox_events WHERE status = 'DEAD'")

            func place(_ id: String, _ verdict: String, exitCode: Int32 = 3) throws -> CommandRun {
                let run = try stage.command("where", id, "--json")
                #expect(run.exitCode == exitCode && run.text("verdict") == verdict, "\(run)")
                let text = try stage.command("where", id)
                #expect(text.exitCode == exitCode && text.output.contains(id), "\(text)")
                return run
            }
            let delivered = try place(stage.id(of: 2), "delivered", exitCode: 0)
            #expect(delivered.objects("records").map { $0["offset"] as? Int } == [1])
            #expect(delivered.objects("records").first?["topic"] as? String == stage.setup.topic)
            let dead = try place(stage.id(of: 3), "dead")
            #expect(dead.objects("dead_letters").first?["reason"] as? String == "topic_invalid")
            _ = try place(nowhere, "unknown")
            _ = try place(uncommitted, "unknown")
            try open.execute("ROLLBACK")
            #expect(try stage.command("where", "no uuid").exitCode == 1)

            let listen = [("http.listen", "127.0.0.1:\(relay.httpPort)")]
            let asked = try stage.command("where", nowhere, "--json", settings: listen)
            #expect(asked.text("relay_phase") == "streaming" && asked.json["slot_active"] as? Bool == true, "\(asked)")

            try relay.terminate()
            try stage.write([4, 5, 6])
            let waiting = try place(stage.id(of: 4), "waiting")
            #expect((waiting.number("wal_ahead_bytes") ?? 0) > 0 && waiting.json["slot_active"] as? Bool == false)
            try stage.execute(
                """
                UPDATE outbox_events SET status = 'FAILED', retry_count = 2, next_attempt_at = now() + interval '1 minute', \
                error_message = 'why' WHERE payload->>'n' = '5'
                """)
            let row = try place(stage.id(of: 5), "retrying").json["row"] as? [String: Any] ?? [:]
            #expect(
                row["retry_count"] as? Int == 2 && row["error"] as? String == "why" && row["next_attempt_at"] as? String != nil)
            try stage.execute("UPDATE outbox_events SET status = 'PUBLISHED', published_at = now() WHERE payload->>'n' = '6'")
            _ = try place(stage.id(of: 6), "missing")
            try stage.deleteRecords(before: 2)
            _ = try place(stage.id(of: 1), "published_before_retention", exitCode: 0)
            try stage.execute("DELETE FROM outbox_events WHERE payload->>'n' = '2'")
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `A table with quotes, dots and capitals in its name works in every command`(version: Int) throws {
        let table = "\"Mixed Case\".\"we\"\"ird.Table\""
        let (number, target) = ("\"N\"\"o\"", "\"to \"\"where\"\"\"")
        let settings = [
            ("table", table), ("column.status", "Status?"), ("column.seq", "N\"o"), ("column.created_at", "At"),
            ("column.topic", "to \"where\""),
        ]
        try Stage.perform(version: version, settings: settings, hasTables: false) { stage in
            try stage.execute("CREATE SCHEMA \"Mixed Case\"")
            try stage.execute(
                """
                CREATE TABLE \(table) (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), \(number) bigserial, aggregate_type text, \
                aggregate_id text, event_type text, \(target) text, payload jsonb, "Status?" text DEFAULT 'PENDING', \
                "At" timestamptz DEFAULT now())
                """)
            try stage.startReady()
            try stage.write(1...3, key: "k'\"", table: table)
            try stage.execute(
                """
                INSERT INTO \(table) (aggregate_type, aggregate_id, event_type, \(target), payload) \
                VALUES ('T', 'x', 'E', 'no topic!', '{"n": 4}')
                """)
            try stage.waitForPublished(3, table: table, status: "\"Status?\"")
            try stage.wait(for: "1", of: "SELECT count(*) FROM \(table) WHERE \"Status?\" = 'DEAD'")
            let clean = try stage.command("verify", "--since", "1d", "--json")
            #expect(clean.exitCode == 0 && clean.number("published") == 3, "\(clean)")
            let replay = try stage.command("replay", "--aggregate", "T/k'\"", "--yes", "--json")
            #expect(replay.exitCode == 0 && replay.result["published"] as? Int == 3, "\(replay)")
            let place = try stage.command("where", try stage.id(of: 2, table: table), "--json")
            #expect(place.exitCode == 0 && place.objects("records").count == 2, "\(place)")
            try stage.execute("UPDATE \(table) SET \(target) = NULL")
            let retry = try stage.command("dlq", "retry", "--all", "--yes", "--json")
            #expect(retry.exitCode == 0, "\(retry)")
            #expect(try stage.scalar("SELECT count(*) FROM \(table) WHERE \"Status?\" = 'PUBLISHED'") == "4")
            #expect(try stage.scalar("SELECT state FROM \"Mixed Case\".outbox_dead_letters") == "retried")
            #expect(try stage.numbers(7) == [1, 2, 3, 1, 2, 3, 4])
        }
    }
}
