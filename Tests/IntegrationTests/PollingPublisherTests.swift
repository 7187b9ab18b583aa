import Drills
import Glibc
import LocalServers
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

/// Several publishers at once, and their ends.
@Suite(.serialized, .needsServers)
struct PollingPublisherTests {
    private static let polling = [(key: "mode", value: "polling"), (key: "polling.interval.ms", value: "200")]
    private static let published = "SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED'"

    private func workload(_ stage: Stage, perSecond: Int = 2_000) throws -> OutboxWorkload {
        var options = OutboxWorkload.Options()
        options.keysPerWriter = 50
        options.eventsPerSecond = perSecond
        return try OutboxWorkload(dsn: stage.dsn, options: options)
    }

    /// Stops writing, waits until all is marked, and compares table and topic.
    private func audit(_ stage: Stage, _ workload: OutboxWorkload) throws -> DeliveryAudit {
        workload.stop()
        #expect(workload.problems.isEmpty, "\(workload.problems.prefix(3))")
        let written = try OutboxWorkload.truth(dsn: stage.dsn)
        try stage.wait(for: String(written.count), of: Self.published, seconds: 60)
        let audit = DeliveryAudit(
            written: written, delivered: try TopicReader.read([stage.setup.topic], bootstrap: stage.bootstrap))
        #expect(audit.missing.isEmpty, "\(audit.missing.count) lost")
        #expect(audit.invented.isEmpty, "\(audit.invented.count) invented")
        #expect(audit.orderViolations.isEmpty, "\(audit.orderViolations.prefix(5))")
        return audit
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `Three publishers share the work: nothing lost, nothing twice, order per key`(version: Int) throws {
        try Stage.perform(version: version, settings: Self.polling) { stage in
            let workload = try workload(stage)
            let relays = [try stage.startReady(), try stage.startReady()]
            try workload.start()
            #expect(workload.waitFor(moreEvents: 3_000, seconds: 20))
            let third = try stage.startReady()
            #expect(workload.waitFor(moreEvents: 6_000, seconds: 20))
            for relay in relays + [third] {
                #expect(relay.status()?.publishedEvents ?? 0 > 300, "\(relay.logTail())")
            }
            #expect(try relays[0].terminate() == .exited(0))
            #expect(workload.waitFor(moreEvents: 3_000, seconds: 20))
            let audit = try audit(stage, workload)
            #expect(audit.duplicates == 0)
            #expect(audit.interleavings.isEmpty, "\(audit.interleavings.prefix(5))")
        }
    }

    @Test func `After kill -9 of one of three the others take over within 5 s and keep the order`() throws {
        try Stage.perform(settings: Self.polling) { stage in
            let workload = try workload(stage)
            var relays = [try stage.startReady(), try stage.startReady(), try stage.startReady()]
            try workload.start()
            var claimed = 0
            for _ in 0..<3 {
                #expect(workload.waitFor(moreEvents: 2_000, seconds: 20))
                relays[0].kill()
                claimed += try stage.number("SELECT count(*) FROM outbox_events WHERE status = 'PROCESSING'")
                let mark = try stage.number("SELECT max(seq) FROM outbox_events")
                try stage.wait(
                    for: "0", of: "SELECT count(*) FROM outbox_events WHERE seq <= \(mark) AND status <> 'PUBLISHED'", seconds: 5)
                relays.removeFirst()
                relays.append(try stage.startReady())
            }
            let audit = try audit(stage, workload)
            #expect(audit.duplicates <= claimed, "\(audit.duplicates) duplicates, \(claimed) rows were claimed at the kills")
        }
    }

    @Test func `A publisher that hangs loses its session after the lease, and the others take over`() throws {
        try Stage.perform(settings: Self.polling + [("polling.lease.ms", "5400")]) { stage in
            let relay = try stage.startReady()
            relay.signal(SIGSTOP)
            try stage.write(1...100)
            let other = try stage.start()
            try stage.wait(for: "100", of: Self.published, seconds: 15)
            relay.signal(SIGCONT)
            try stage.write(101...200)
            try stage.wait(for: "200", of: Self.published)
            #expect(try stage.allNumbers().count == 200)
            #expect(relay.isRunning && other.isRunning)
            try relay.waitUntilReady()
        }
    }

    @Test func `Publishers with different numbers of shards do not work at the same time`() throws {
        try Stage.perform(settings: Self.polling) { stage in
            let first = try stage.startReady()
            let second = try stage.start([("polling.shards", "4")])
            try second.waitForLog("standing by: other publishers work with another number of shards")
            try stage.write(1...10)
            try stage.records(10)
            #expect(second.status()?.phase == "standby")
            _ = try first.terminate()
            try second.waitUntilReady()
            try stage.write(11...20)
            #expect(try stage.numbers(20) == Array(1...20))
        }
    }

    @Test func `It stands by while a relay streams, and makes way when one wants to`() throws {
        try Stage.perform(settings: Self.polling) { stage in
            // What a relay does that streams: it holds the owner's lock.
            let streaming = try stage.session()
            let owner = "hashtextextended('outbox-relay:\(stage.name)', 0)"
            let wish = "hashtextextended('outbox-relay-wish:\(stage.name)', 0)"
            try streaming.execute("SELECT pg_advisory_lock(\(owner))")
            let relay = try stage.start()
            try relay.waitFor("standby") { $0.phase == "standby" }
            try stage.write(1...10)
            try streaming.execute("SELECT pg_advisory_unlock(\(owner))")
            let released = MonotonicTime.now()
            try stage.wait(for: "10", of: Self.published)
            #expect(MonotonicTime.now() - released > 2_900_000_000, "the former owner has time to call back what it sent")
            try streaming.execute("SELECT pg_advisory_lock(\(wish))")
            try streaming.execute("SELECT pg_advisory_lock(\(owner))", timeoutMilliseconds: 5_000)
            try relay.waitFor("standby") { $0.phase == "standby" }
            try stage.write(11...20)
            try streaming.execute("SELECT pg_advisory_unlock_all()")
            try stage.wait(for: "20", of: Self.published)
            #expect(try stage.allNumbers() == Array(1...20))
        }
    }

    @Test func `A checkpoint of the slot means nothing any more once rows are polled`() throws {
        try Stage.perform { stage in
            let streaming = try stage.startReady()
            try stage.write(1...10)
            try stage.wait(for: "10", of: Self.published)
            _ = try streaming.terminate()
            #expect(try stage.scalar("SELECT phase FROM outbox_checkpoints") == "streaming")
            let relay = try stage.startReady(Self.polling)
            try stage.write(11...20)
            try stage.wait(for: "20", of: Self.published)
            #expect(try stage.scalar("SELECT phase FROM outbox_checkpoints") == "snapshot")
            _ = try relay.terminate()
            try stage.startReady()
            try stage.write(21...30)
            try stage.wait(for: "30", of: Self.published)
            #expect(try stage.allNumbers() == Array(1...30), "the stream repeats nothing")
        }
    }
}
