import LocalServers
import PostgresClient
import ServiceRuntime

/// The brokers are away for longer than the database can wait (promise P6).
enum BudgetDrill {
    private static let budget: Int64 = 256 << 20

    static func play(_ ground: DrillGround) throws -> DrillOutcome {
        let server = try ground.server(["max_wal_size": "128MB", "min_wal_size": "32MB"])
        let stage = try DrillStage(
            "budget", server: server, ground: ground,
            settings: [("wal.budget.bytes", "\(budget)"), ("wal.budget.action", "release")])
        let relay = try stage.startRelay().waitUntilReady()
        try stage.workload.start()
        stage.tail.resetGap()
        try stage.waitFor(moreEvents: 800)
        let session = try stage.session()
        try session.execute("CREATE TABLE filler (x text)")
        ground.kafka.pause(broker: 0)
        defer { ground.kafka.resume(broker: 0) }
        // Some 10 MB/s of WAL beside the events, until well after the budget would have been used up.
        let written = try fill(session, bytes: budget + budget / 2)
        try stage.waitFor("polling", of: relay)
        stage.expect(relay.logText.contains("the slot's WAL comes near its limit"), "there was no warning at 50 %")
        let slots = try session.execute("SELECT count(*) FROM pg_replication_slots").scalar
        stage.expect(slots == "0", "there are \(slots ?? "?") slots while the brokers are away")
        stage.expect(stage.walPeakBytes < budget, "the server kept \(stage.walPeakBytes) bytes of WAL, the budget is \(budget)")
        ground.kafka.resume(broker: 0)
        try stage.waitFor("streaming", of: relay, seconds: 120)
        try stage.waitFor(moreEvents: 500)
        // What was in the frozen broker's socket when the relay called it back may have been written all the same.
        return try stage.finish(
            duplicateLimit: 0, note: "budget \(budget >> 20) MiB, \(written >> 20) MiB of WAL written without brokers")
    }

    private static func fill(_ session: Connection, bytes: Int64) throws -> Int64 {
        func position() throws -> Int64 {
            try session.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint").integer(0, 0) ?? 0
        }
        let start = try position()
        let deadline = MonotonicTime.now() + 90_000_000_000
        while try position() - start < bytes, MonotonicTime.now() < deadline {
            try session.execute("INSERT INTO filler SELECT repeat(md5(g::text), 60) FROM generate_series(1, 2500) g")
            try session.execute("SELECT pg_sleep(0.5)")
        }
        return try position() - start
    }
}
