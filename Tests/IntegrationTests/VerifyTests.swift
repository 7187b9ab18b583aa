import Drills
import Foundation
import Kafka
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

/// `verify` on states that are wrong on purpose.
@Suite(.serialized, .needsServers)
struct VerifyTests {
    /// A stage whose relay has published `count` events of one transaction with one key.
    private func perform(
        _ count: Int, version: Int? = nil,
        _ body: (Stage, RelayUnderTest) throws -> Void
    ) throws {
        try Stage.perform(version: version) { stage in
            let relay = try stage.startReady()
            try stage.write(1...count, key: "k")
            try stage.waitForPublished(count)
            try body(stage, relay)
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `What is in order is clean, and what waits, is dead or foreign is counted apart`(version: Int) throws {
        try perform(20, version: version) { stage, relay in
            try stage.execute(
                """
                INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload) \
                VALUES ('T', '1', 'E', 'no topic!', '{}')
                """)
            try stage.wait(for: "1", of: "SELECT count(*) FROM outbox_events WHERE status = 'DEAD'")
            try relay.terminate()
            try stage.write([100, 101])
            try stage.produce([("k", "{}", [(name: "x", value: [1])])])
            let run = try stage.command("verify", "--json")
            #expect(run.exitCode == 0 && run.json["clean"] as? Bool == true, "\(run)")
            #expect(
                run.number("rows") == 23 && run.number("published") == 20 && run.number("waiting") == 2 && run.number("dead") == 1
            )
            #expect(run.number("records") == 21 && run.number("foreign") == 1)
            let text = try stage.command("verify", "--since", "1h", "--topic", stage.setup.topic)
            #expect(text.exitCode == 0 && text.output.contains("clean"), "\(text)")
            #expect(try stage.command("verify", "--since", "nonsense").exitCode == 2)
            #expect(try stage.command("verify", "--memory", "1").exitCode == 2)
        }
    }

    @Test func `Deleted, doubled, swapped and unexpected records are found and named`() throws {
        try perform(50) { stage, relay in
            try relay.terminate()
            let records = try stage.records(50)
            try stage.deleteRecords(before: 3)
            try stage.produceAgain(records[10])
            let stranger = "00000000-0000-4000-8000-00000000dead"
            try stage.produce([("k", "{}", [(name: "event_id", value: Array(stranger.utf8))])])
            // Rows of one transaction whose records stand the wrong way round.
            try stage.execute(
                """
                INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload, topic, status, published_at) \
                SELECT 'T', 'swap', 'E', jsonb_build_object('n', n), '\(stage.name).swap', 'PUBLISHED', now() \
                FROM generate_series(201, 202) n
                """)
            try stage.createTopic("\(stage.name).swap")
            for number in [202, 201] {
                let id = Array(try stage.id(of: number).utf8)
                try stage.produce([("swap", "{}", [(name: "event_id", value: id)])], to: "\(stage.name).swap")
            }
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(stage.name).jsonl").path
            defer { try? FileManager.default.removeItem(atPath: file) }
            let run = try stage.command("verify", "--json", "--out", file)
            #expect(run.exitCode == 3, "\(run)")
            let counts = ["missing", "duplicate", "out_of_order", "unexpected"].map { run.number($0) }
            #expect(counts == [3, 1, 1, 1], "\(run)")
            func ids(_ kind: String) -> Set<String> {
                Set(run.objects("findings").filter { $0["kind"] as? String == kind }.compactMap { $0["event_id"] as? String })
            }
            #expect(ids("missing") == Set(records.prefix(3).compactMap { $0.headerText("event_id") }))
            #expect(ids("duplicate") == [records[10].headerText("event_id") ?? ""])
            #expect(ids("out_of_order") == [try stage.id(of: 201)])
            #expect(ids("unexpected") == [stranger])
            #expect(try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").count == 6)
            let lenient = try stage.command("verify", "--json", "--topic", "\(stage.name).swap")
            #expect(lenient.exitCode == 3 && lenient.number("missing") == 0 && lenient.number("out_of_order") == 1, "\(lenient)")
            let text = try stage.command("verify")
            #expect(text.exitCode == 3 && text.output.contains(stranger) && text.output.contains("WRONG"), "\(text)")
        }
    }

    @Test func `What retention took is not missing, and rows that were cleaned up make no record unexpected`() throws {
        try perform(30) { stage, _ in
            try stage.records(30)
            // As if the topic kept a second.
            try TopicSetting("retention.ms", "1000").set(on: stage.setup.topic, bootstrap: stage.bootstrap)
            try stage.execute(
                "UPDATE outbox_events SET created_at = created_at - interval '1 day' WHERE (payload->>'n')::int <= 10")
            try stage.deleteRecords(before: 10)
            let run = try stage.command("verify", "--json")
            #expect(run.exitCode == 0 && run.number("beyond_retention") == 10, "\(run)")
            try TopicSetting("retention.ms", "604800000").set(on: stage.setup.topic, bootstrap: stage.bootstrap)
            #expect(try stage.command("verify", "--json").number("missing") == 10, "now they should be there")
            try stage.execute("DELETE FROM outbox_events WHERE (payload->>'n')::int <= 20")
            try stage.execute("UPDATE outbox_events SET published_at = clock_timestamp() + interval '1 hour'")
            let cleaned = try stage.command("verify", "--json")
            #expect(cleaned.exitCode == 0 && cleaned.number("unexpected") == 0, "\(cleaned)")
        }
    }

    @Test func `Arrivals against seq that overlapping transactions explain are wrong only when told so`() throws {
        try Stage.perform { stage in
            try stage.startReady()
            let slow = try stage.session()
            try slow.execute("BEGIN")
            try stage.write([1], key: "k", on: slow)
            try stage.write([2], key: "k")
            try stage.waitForPublished(1)
            try slow.execute("COMMIT")
            try stage.waitForPublished(2)
            #expect(try stage.allNumbers() == [2, 1])
            let run = try stage.command("verify", "--json")
            #expect(run.exitCode == 0 && run.number("overlapping") == 1, "\(run)")
            let strict = try stage.command("verify", "--json", "--strict-order")
            #expect(strict.exitCode == 3 && strict.number("out_of_order") == 1, "\(strict)")
        }
    }

    @Test func `With after.publish=keep age tells what has to be there`() throws {
        try Stage.perform(settings: [("after.publish", "keep")]) { stage in
            let relay = try stage.startReady()
            try stage.write(1...5)
            try stage.records(5)
            try relay.terminate()
            try stage.write([6])
            let young = try stage.command("verify", "--json")
            #expect(young.exitCode == 0 && young.number("young") == 6, "\(young)")
            let old = try stage.command("verify", "--json", "--lag", "0s")
            #expect(old.exitCode == 3 && old.number("published") == 6 && old.number("missing") == 1, "\(old)")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `300000 events are verified in passes within the memory that was given, and replayed until Ctrl-C`() throws {
        let count = 300_000
        try Stage.perform { stage in
            try stage.execute(
                """
                INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload) \
                SELECT 'T', (n % 50000)::text, 'E', jsonb_build_object('n', n) FROM generate_series(1, \(count)) n
                """)
            let relay = try stage.startReady()
            try stage.waitForPublished(count, seconds: 120)
            try relay.terminate()
            for megabytes in [80, 200] {
                var setup = stage.setup
                setup.command = ["verify", "--json", "--memory", String(megabytes)]
                let verify = try setup.start()
                var peak = 0
                while verify.isRunning {
                    peak = max(peak, verify.peakMemory ?? 0)
                    _ = verify.waitForEnd(seconds: 0.02)
                }
                #expect(verify.waitForEnd(seconds: 1) == .exited(0), "\(verify.logText)")
                #expect(verify.logText.contains("\"published\": \(count)"), "\(verify.logText)")
                #expect(verify.logText.contains("\"passes\": 1,") == (megabytes == 200), "\(verify.logText)")
                #expect(peak > 0 && peak < megabytes << 20, "\(peak >> 20) MB of \(megabytes)")
            }
            var setup = stage.setup
            setup.command = ["replay", "--since", "1d", "--yes"]
            let replay = try setup.start()
            _ = replay.waitForEnd(seconds: 1)
            replay.signal(2)
            let status = replay.waitForEnd(seconds: 20)
            #expect(status == .exited(1) || status == .exited(0), "\(replay.logText)")
        }
    }
}
