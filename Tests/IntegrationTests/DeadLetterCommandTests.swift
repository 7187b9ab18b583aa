import Drills
import Kafka
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

/// `dlq list|show|retry|discard`.
@Suite(.serialized, .needsServers)
struct DeadLetterCommandTests {
    private func insert(_ stage: Stage, _ number: Int, topic: String = "'no topic!'", headers: String = "NULL") throws {
        try stage.execute(
            """
            INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, headers, payload) \
            VALUES ('T', '\(number)', 'E', \(topic), \(headers), '{"n": \(number)}')
            """)
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `A letter is listed, shown, refused again, corrected, retried once, and then hidden`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            try stage.startReady()
            try insert(stage, 1, headers: #"'{"traceparent": "x"}'"#)
            try insert(stage, 2, topic: "NULL", headers: "'[1]'")
            try stage.wait(for: "2", of: "SELECT count(*) FROM outbox_events WHERE status = 'DEAD'")

            let all = try stage.command("dlq", "list", "--json")
            #expect(all.exitCode == 0 && all.number("count") == 2, "\(all)")
            #expect(all.objects("letters").map { $0["letter"] as? String } == ["0@0", "0@1"])
            #expect(!all.output.contains("\"n\""), "no payload in a list")
            let chosen = try stage.command(
                "dlq", "list", "--reason", "topic_invalid", "--topic", "no topic!", "--since", "1h", "--json")
            let letter = chosen.objects("letters").first ?? [:]
            #expect(chosen.number("count") == 1 && letter["original_topic"] as? String == "no topic!", "\(chosen)")
            #expect(letter["event_id"] as? String == (try stage.id(of: 1)) && letter["state"] as? String == "open")
            #expect(try stage.command("dlq", "list", "--until", "1h", "--json").number("count") == 0)
            #expect(try stage.command("dlq", "list", "--limit", "1").output.contains("1 not shown"))

            let shown = try stage.command("dlq", "show", "0@0")
            #expect(
                shown.exitCode == 0 && shown.output.contains("{\"n\": 1}") && shown.output.contains("traceparent=x"), "\(shown)")
            let byID = try stage.command("dlq", "show", try stage.id(of: 1), "--json")
            #expect(byID.objects("letters").first?["row_status"] as? String == "DEAD", "\(byID)")
            #expect(try stage.command("dlq", "show", "0@99").exitCode == 1)

            #expect(try stage.command("dlq", "retry", "0@0").exitCode == 2, "without a terminal it needs --yes")
            #expect(try stage.command("dlq", "retry", "--yes").exitCode == 2, "which?")
            #expect(try stage.command("dlq", "retry", "0@0", "7@7", "--yes").exitCode == 1, "not there")
            let refused = try stage.command("dlq", "retry", "--all", "--yes", "--json")
            #expect(refused.exitCode == 1, "\(refused)")
            #expect(outcomes(refused) == ["refused", "refused"])
            #expect(try stage.statuses() == ["DEAD=2"])

            try stage.execute("UPDATE outbox_events SET topic = NULL, status = 'PENDING' WHERE topic IS NOT NULL")
            #expect(outcomes(try stage.command("dlq", "retry", "0@0", "--yes", "--json")) == ["refused"], "the relay will do it")
            try stage.execute("UPDATE outbox_events SET status = 'DEAD'")
            let dry = try stage.command("dlq", "retry", "0@0", "--dry-run", "--json")
            #expect(dry.exitCode == 0 && dry.json["done"] as? Bool == false, "\(dry)")
            let retried = try stage.command("dlq", "retry", "0@0", "--yes", "--json")
            #expect(retried.exitCode == 0 && outcomes(retried) == ["published"], "\(retried)")
            let record = try stage.records(1)[0]
            #expect(record.number == 1 && record.keyText == "1")
            #expect(record.headerText("outbox_retried_from") == "0@0" && record.headerText("traceparent") == "x")
            #expect(record.headers.allSatisfy { !$0.name.hasPrefix("outbox_error") })
            #expect(record.text?.contains("\"event_id\":\"\(try stage.id(of: 1))\"") == true)
            #expect(
                try stage.scalar(
                    "SELECT status || (error_message IS NULL) || (published_at IS NOT NULL) FROM outbox_events "
                        + "WHERE payload->>'n' = '1'") == "PUBLISHEDtruetrue")

            let again = try stage.command("dlq", "retry", "0@0", "--yes", "--json")
            #expect(again.exitCode == 0 && outcomes(again) == [], "\(again)")
            #expect(try stage.allRecords().count == 1)
            #expect(try stage.command("dlq", "list", "--json").number("count") == 1)
            let states = try stage.command("dlq", "list", "--all-states", "--json")
            #expect(states.objects("letters").map { $0["state"] as? String } == ["retried", "open"], "\(states)")
        }
    }

    private func outcomes(_ run: CommandRun) -> [String] {
        (run.result["letters"] as? [[String: Any]] ?? []).compactMap { $0["outcome"] as? String }
    }

    @Test func `A letter whose row is gone is rebuilt, to another topic when told so`() throws {
        try Stage.perform { stage in
            try stage.startReady()
            try insert(stage, 1, headers: #"'{"a": "b"}'"#)
            try stage.wait(for: "1", of: "SELECT count(*) FROM outbox_events WHERE status = 'DEAD'")
            let id = try stage.id(of: 1)
            try stage.execute("DELETE FROM outbox_events")
            let refused = try stage.command("dlq", "retry", id, "--yes", "--json")
            #expect(refused.exitCode == 1 && outcomes(refused) == ["refused"], "\(refused)")
            let run = try stage.command("dlq", "retry", id, "--to", stage.setup.topic, "--yes", "--json")
            #expect(run.exitCode == 0 && outcomes(run) == ["published"], "\(run)")
            #expect((run.result["letters"] as? [[String: Any]])?.first?["rebuilt"] as? Bool == true)
            let record = try stage.records(1)[0]
            #expect(record.number == 1 && record.headerText("event_id") == id && record.headerText("a") == "b")
            #expect(record.text?.contains("\"aggregate_type\":\"T\",\"aggregate_id\":1,\"event_type\":\"E\"") == true)
        }
    }

    @Test func `A letter that was discarded is left out, and two operators exclude each other`() throws {
        try Stage.perform { stage in
            try stage.execute("DROP TABLE outbox_dead_letters")
            try stage.startReady()
            for number in 1...3 { try insert(stage, number) }
            try stage.wait(for: "3", of: "SELECT count(*) FROM outbox_events WHERE status = 'DEAD'")
            let run = try stage.command("dlq", "discard", "0@1", "--yes", "--json")
            #expect(run.exitCode == 0 && run.result["discarded"] as? Int == 1, "\(run)")
            #expect(try stage.command("dlq", "discard", "0@1", "--yes").exitCode == 0, "twice is harmless")
            #expect(try stage.command("dlq", "list", "--json").number("count") == 2)
            try stage.execute("UPDATE outbox_events SET topic = NULL")
            let other = try stage.session()
            try other.execute(
                "SELECT pg_advisory_lock(hashtextextended('outbox-relay dlq \(stage.setup.deadLetterTopic)', 0))")
            let locked = try stage.command("dlq", "retry", "--all", "--yes")
            #expect(locked.exitCode == 1 && locked.errors.contains("somebody else"), "\(locked)")
            other.close()
            let retried = try stage.command("dlq", "retry", "--reason", "topic_invalid", "--yes", "--json")
            #expect(retried.exitCode == 0 && outcomes(retried) == ["published", "published"], "\(retried)")
            #expect(try stage.allNumbers() == [1, 3])
            #expect(try stage.statuses() == ["DEAD=1", "PUBLISHED=2"])
        }
    }

    @Test func `With after.publish=delete a retried row goes, and a row that was published by hand is not published again`()
        throws
    {
        try Stage.perform(settings: [("after.publish", "delete")]) { stage in
            try stage.startReady()
            for number in 1...2 { try insert(stage, number) }
            try stage.wait(for: "2", of: "SELECT count(*) FROM outbox_events WHERE status = 'DEAD'")
            try stage.execute(
                "UPDATE outbox_events SET topic = NULL, status = CASE payload->>'n' WHEN '2' THEN 'PUBLISHED' ELSE status END")
            let run = try stage.command("dlq", "retry", "--all", "--yes", "--json")
            #expect(run.exitCode == 0 && outcomes(run).sorted() == ["published", "published_before"], "\(run)")
            #expect(try stage.allNumbers() == [1])
            #expect(try stage.statuses() == ["PUBLISHED=1"])
        }
    }
}
