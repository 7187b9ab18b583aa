import ByteCoding
import Drills
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

/// What is confirmed to the server, and when.
@Suite(.serialized, .needsServers)
struct PositionTests {
    @Test(arguments: Versions.oldestAndNewest)
    func `An idle relay confirms empty transactions and unrelated traffic within seconds`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            try stage.execute("CREATE TABLE unrelated (x int, y text)")
            try stage.startReady()
            try stage.write([1])
            try stage.records(1)
            for number in 0..<30 { try stage.execute("INSERT INTO unrelated VALUES (\(number), repeat('x', 500))") }
            try stage.execute("UPDATE unrelated SET x = 0")
            let position = try stage.walPosition()
            let isConfirmed = try Await.until(seconds: 25, everyMilliseconds: 100) { try stage.confirmed() ?? .zero >= position }
            #expect(isConfirmed)
            #expect(try stage.number("SELECT count(*) FROM outbox_events WHERE status <> 'PUBLISHED'") == 0)
            #expect(try stage.allNumbers() == [1])
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `The slot never stands beyond the stored checkpoint`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            let relay = try stage.startReady()
            try stage.write([1])
            try stage.records(1)
            let before = try stage.confirmed() ?? .zero
            // Whoever wants to write the checkpoint waits for us.
            let blocker = try stage.session()
            try blocker.execute("BEGIN")
            try blocker.execute("LOCK TABLE outbox_checkpoints IN SHARE ROW EXCLUSIVE MODE")
            let stored = try stage.checkpoint() ?? .zero
            for start in stride(from: 2, to: 202, by: 10) { try stage.write(start..<start + 10) }
            try stage.records(201)
            let position = try stage.walPosition()
            // A keepalive and a feedback interval later it still stands there.
            let moved = try Await.until(seconds: 3) { try stage.confirmed() ?? .zero > max(before, stored) }
            #expect(!moved, "confirmed although the checkpoint could not be stored")
            try blocker.execute("ROLLBACK")
            let isConfirmed = try Await.until(seconds: 10) {
                try stage.confirmed() ?? .zero >= min(position, stage.checkpoint() ?? position)
            }
            #expect(isConfirmed)
            // Looked at under load: first the slot, then the checkpoint.
            for start in stride(from: 202, to: 1_202, by: 10) {
                try stage.write(start..<start + 10)
                let confirmed = try stage.confirmed() ?? .zero
                #expect(try stage.checkpoint() ?? .zero >= confirmed)
            }
            try stage.records(1_201)
            #expect(try stage.allNumbersOnceSettled(relay) == Array(1...1_201))
        }
    }

    @Test func `A position is not confirmed before the row's bookkeeping is committed`() throws {
        try Stage.perform { stage in
            let relay = try stage.startReady()
            try stage.write([1])
            let first = try stage.walPosition()
            try stage.records(1)
            // Confirmed whole, so that it is not repeated later.
            try stage.execute("CREATE TABLE more AS SELECT 1 AS x")
            let isConfirmed = try Await.until(seconds: 30) { try stage.confirmed() ?? .zero >= first }
            #expect(isConfirmed)
            let blocker = try stage.session()
            try stage.execute(
                "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NEW; END'"
            )
            try stage.execute("CREATE TRIGGER wait BEFORE UPDATE ON outbox_events FOR EACH ROW EXECUTE FUNCTION wait()")
            try blocker.execute("SELECT pg_advisory_lock(7)")
            try stage.write([2])
            let position = try stage.walPosition()
            try stage.records(2)
            let moved = try Await.until(seconds: 3) { try stage.confirmed() ?? .zero >= position }
            #expect(!moved)
            #expect(try stage.statuses() == ["PENDING=1", "PUBLISHED=1"])
            // Killed now, it delivers the event again: that is the price of a bookkeeping that is true.
            relay.kill()
            try blocker.execute("SELECT pg_advisory_unlock(7)")
            try stage.startReady()
            #expect(try stage.numbers(3) == [1, 2, 2])
            try stage.wait(for: "PUBLISHED=2", of: "SELECT status || '=' || count(*) FROM outbox_events GROUP BY status")
        }
    }

    @Test func `A heartbeat writes to the WAL of an idle database when it is asked for`() throws {
        try Stage.perform(settings: [("heartbeat.interval.ms", "300")]) { stage in
            let look = "\(stage.name)_look"
            try stage.execute("SELECT pg_create_logical_replication_slot('\(look)', 'test_decoding')")
            defer { _ = try? stage.execute("SELECT pg_drop_replication_slot('\(look)')") }
            try stage.startReady()
            try stage.wait(until: "a heartbeat is in the WAL", seconds: 20) {
                try stage.scalar(
                    "SELECT count(*) > 0 FROM pg_logical_slot_peek_changes('\(look)', NULL, NULL) WHERE data LIKE '%prefix: outbox-relay%'"
                ) == "t"
            }
        }
    }

    @Test(arguments: Versions.all)
    func `A publication that is dropped while it runs stops the relay before anything beyond is confirmed`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            let relay = try stage.startReady(Stage.givingUp)
            try stage.write([1])
            try stage.records(1)
            try stage.execute("DROP PUBLICATION \(stage.name)")
            try stage.write([2])
            let position = try stage.walPosition()
            let findings = try stage.findingsAtEnd(of: relay)
            #expect(findings == ["publication.exists"])
            #expect(try stage.confirmed() ?? position < position)
            #expect(try stage.findingsOfStart() == ["publication.exists"])
            #expect(try stage.allNumbers() == [1])
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `A table that leaves its publication stops the relay, and the remedy that it names repairs the gap`(version: Int) throws
    {
        try Stage.perform(version: version) { stage in
            try stage.execute("CREATE TABLE another (x int)")
            let relay = try stage.startReady(Stage.givingUp)
            try stage.write([1])
            try stage.records(1)
            try stage.execute("ALTER PUBLICATION \(stage.name) SET TABLE another")
            try stage.write([2])
            #expect(try stage.findingsAtEnd(of: relay) == ["publication.table"])
            #expect(try stage.statuses() == ["PENDING=1", "PUBLISHED=1"])
            let next = try stage.start(Stage.givingUp)
            #expect(try stage.findingsAtEnd(of: next) == ["publication.table"])
            for one in [relay, next] {
                let remedy = one.lines("the relay cannot go on").first?.text("remedy") ?? ""
                #expect(
                    remedy.contains("ADD TABLE") && remedy.contains("slot drop") && remedy.contains("checkpoint reset"),
                    "\(remedy)")
            }
            try stage.execute("ALTER PUBLICATION \(stage.name) ADD TABLE outbox_events")
            #expect(try stage.command("slot", "drop", "--yes").exitCode == 0)
            #expect(try stage.command("checkpoint", "reset", "--yes").exitCode == 0)
            try stage.startReady()
            #expect(try stage.numbers(2) == [1, 2])
        }
    }
}
