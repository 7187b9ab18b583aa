import PostgresClient
import ServiceRuntime

/// Three polling publishers share the work; one after the other is killed and replaced.
enum PublishersDrill {
    static func play(_ ground: DrillGround) throws -> DrillOutcome {
        let server = try ground.server(["wal_level": "replica"])
        let stage = try DrillStage("publishers", server: server, ground: ground, settings: [("mode", "polling")])
        var publishers = try (0..<3).map { _ in try stage.startRelay() }
        for publisher in publishers { try stage.waitFor("polling", of: publisher) }
        try stage.workload.start()
        stage.tail.resetGap()
        var duplicateLimit = 0
        var slowest = 0.0
        for round in 0..<3 {
            try stage.waitFor(moreEvents: 800)
            publishers[round].kill()
            let killed = MonotonicTime.now()
            // Claimed and not marked: that much may have been published by the dead one.
            let session = try stage.session()
            let claimed = try session.execute("SELECT count(*) FROM outbox_events WHERE status = 'PROCESSING'").integer(0, 0)
            duplicateLimit += Int(claimed ?? 0)
            // Every key goes on: nothing that was there at the kill is still unpublished.
            let last = try session.execute("SELECT coalesce(max(seq), 0) FROM outbox_events").integer(0, 0) ?? 0
            let isTakenOver = try Await.until(seconds: 20, everyMilliseconds: 20) {
                try session.execute("SELECT 1 FROM outbox_events WHERE status <> 'PUBLISHED' AND seq <= \(last) LIMIT 1").rowCount
                    == 0
            }
            stage.expect(isTakenOver, "events of the killed publisher's keys were not published within 20 s")
            slowest = max(slowest, Double(MonotonicTime.now() - killed) / 1_000_000_000)
            publishers[round] = try stage.startRelay()
        }
        stage.expect(slowest < 5, "the slowest take-over took \(slowest) s")
        return try stage.finish(
            duplicateLimit: duplicateLimit,
            note: "slowest take-over \(DrillOutcome.rounded(slowest)) s, wal_level=replica")
    }
}
