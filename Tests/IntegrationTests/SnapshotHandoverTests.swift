import Drills
import ServiceRuntime
import TestSupport
import Testing

@Suite(.serialized, .needsServers)
struct SnapshotHandoverTests {
    @Test(arguments: Versions.all)
    func `The first start publishes the table's rows and then the stream, each once and in order`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            for start in stride(from: 1, through: 300, by: 50) { try stage.write(start..<start + 50) }
            try stage.execute(
                """
                INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload, status) SELECT 'T', '1', 'E', \
                '{"n": -1}', s FROM unnest(ARRAY['PUBLISHED', 'DEAD']) s, generate_series(1, 10)
                """)
            try stage.execute(
                "UPDATE outbox_events SET status = 'FAILED', retry_count = 3 WHERE seq % 50 = 0 AND status = 'PENDING'")
            let relay = try stage.start()
            // While it makes its slot and reads the table, more comes in.
            for number in 301...400 { try stage.write([number]) }
            try relay.waitUntilReady()
            for number in 401...450 { try stage.write([number]) }
            try stage.records(450)
            try stage.wait(
                for: "450", of: "SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED' AND published_at IS NOT NULL")
            #expect(try relay.terminate() == .exited(0))
            #expect(try stage.allNumbers() == Array(1...450))
            #expect(try stage.scalar("SELECT phase FROM outbox_checkpoints WHERE slot_name = '\(stage.name)'") == "streaming")
            #expect(try stage.number("SELECT events FROM outbox_checkpoints") == 450)
            #expect(
                try stage.scalar("SELECT pubinsert AND NOT pubupdate AND NOT pubdelete AND pubviaroot FROM pg_publication") == "t"
            )
            #expect(relay.lines("the table's unpublished rows are published").count == 1)
            #expect(relay.complaints.filter { $0.text("name") != "connection.tls" && $0.message != "startup check" }.isEmpty)
        }
    }

    @Test(arguments: Versions.oldestAndNewest, ["mark", "keep"])
    func `A first start that is killed begins again without loss`(version: Int, afterPublish: String) throws {
        try Stage.perform(version: version, settings: [("after.publish", afterPublish)]) { stage in
            let rows = 20_000
            try stage.execute(
                """
                INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload) \
                SELECT 'T', n % 7, 'E', jsonb_build_object('n', n) FROM generate_series(1, \(rows)) n
                """)
            // Slow enough to be met in the middle.
            let first = try stage.start([("in.flight.events", "100"), ("kafka.linger.ms", "20")])
            try first.waitFor("part of the snapshot") { $0.snapshotRows >= 1_000 }
            first.kill()
            #expect(try stage.scalar("SELECT phase FROM outbox_checkpoints") == "snapshot")
            let before = try stage.allRecords().count
            #expect(before > 0 && before < rows)
            try stage.write(rows + 1...rows + 50)
            let second = try stage.startReady()
            #expect(second.lines("the slot is made anew").count == 1)
            try stage.write(rows + 51...rows + 100)
            try stage.waitFor(number: rows + 100)
            let numbers = try stage.allNumbersOnceSettled(second)
            var seen: Set<Int> = []
            #expect(numbers.filter { seen.insert($0).inserted } == Array(1...rows + 100), "first occurrences stand in order")
            #expect(numbers.count - rows - 100 <= before, "nothing is repeated but what was sent before the kill")
            if afterPublish == "mark" { #expect(try stage.statuses() == ["PUBLISHED=\(rows + 100)"]) }
            // The slot of the first attempt is gone, not left behind.
            #expect(try stage.number("SELECT count(*) FROM pg_replication_slots WHERE database = '\(stage.name)'") == 1)
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `Two instances started at the same moment publish the table once`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            for start in stride(from: 1, through: 2_000, by: 100) { try stage.write(start..<start + 100) }
            let one = try stage.start()
            let other = try stage.start()
            let isOneReady = try Await.until(seconds: 30) {
                guard one.isRunning, other.isRunning else { throw TopicLog.Failure(description: one.logTail() + other.logTail()) }
                return one.isReady || other.isReady
            }
            #expect(isOneReady)
            try stage.write(2_001...2_010)
            try stage.records(2_010)
            let (owner, standby) = one.isReady ? (one, other) : (other, one)
            try standby.waitFor("standby") { $0.phase == "standby" }
            #expect(try standby.terminate() == .exited(0))
            #expect(try owner.terminate() == .exited(0))
            #expect(try stage.allNumbers() == Array(1...2_010))
        }
    }
}

extension Stage {
    /// Ends the relay, which drains it, and reads everything.
    func allNumbersOnceSettled(_ relay: RelayUnderTest) throws -> [Int] {
        #expect(try relay.terminate() == .exited(0))
        return try allNumbers()
    }
}
