import ByteCoding
import Glibc
import PostgresClient
import PostgresReplication
import ServiceRuntime

/// What happens to replication slots in real life.
enum SlotDrills {
    static func dropped(_ ground: DrillGround) throws -> DrillOutcome {
        let stage = try DrillStage("dropped", server: ground.server(), ground: ground)
        let relay = try stage.startRelay().waitUntilReady()
        try stage.workload.start()
        stage.tail.resetGap()
        let session = try stage.session()
        for round in 0..<4 {
            try stage.waitFor(moreEvents: 800)
            let before = relay.metrics()["outbox_relay_slot_repairs_total{reason=\"slot.missing\"}"] ?? 0
            try stage.freezeBetweenTransactions(relay, session)
            try stage.endStream(session)
            try session.execute("SELECT pg_drop_replication_slot($1)", [.text(stage.setup.name)])
            if round % 2 == 1 {
                // Recreated: it stands beyond everything written meanwhile, and looks like the one before.
                _ = stage.workload.waitFor(moreEvents: 300, seconds: 10)
                try session.execute(
                    "SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [.text(stage.setup.name)])
            }
            relay.signal(SIGCONT)
            try stage.waitFor(moreEvents: 800)
            let after = relay.metrics()["outbox_relay_slot_repairs_total{reason=\"slot.missing\"}"] ?? 0
            stage.expect(round % 2 == 1 || after == before + 1, "the repair was not counted (\(before), then \(after))")
        }
        let repairs = relay.metrics().filter { $0.key.hasPrefix("outbox_relay_slot_repairs_total") }.reduce(0) { $0 + $1.value }
        stage.expect(repairs == 4, "\(repairs) repairs instead of 4")
        return try stage.finish(duplicateLimit: 0, note: "4 repairs")
    }

    static func lost(_ ground: DrillGround) throws -> DrillOutcome {
        let server = try ground.server([
            "max_slot_wal_keep_size": "16MB", "max_wal_size": "64MB", "min_wal_size": "32MB",
        ])
        let stage = try DrillStage("lost", server: server, ground: ground)
        let relay = try stage.startRelay().waitUntilReady()
        try stage.workload.start()
        stage.tail.resetGap()
        try stage.waitFor(moreEvents: 800)
        let session = try stage.session()
        relay.signal(SIGSTOP)
        try session.execute("CREATE TABLE filler (x text)")
        let isLost = try Await.until(seconds: 60) {
            try session.execute("INSERT INTO filler SELECT repeat(md5(g::text), 30) FROM generate_series(1, 10000) g")
            try session.execute("CHECKPOINT")
            let status = try session.execute(
                "SELECT wal_status FROM pg_replication_slots WHERE slot_name = $1", [.text(stage.setup.name)])
            return status.scalar == "lost"
        }
        guard isLost else { throw DrillFailure("the slot was not lost") }
        relay.signal(SIGCONT)
        try stage.waitFor(moreEvents: 1_500)
        let repairs = relay.metrics()["outbox_relay_slot_repairs_total{reason=\"slot.lost\"}"] ?? 0
        stage.expect(repairs >= 1, "the repair was not counted")
        return try stage.finish(duplicateLimit: 0, note: "repaired while running")
    }

    static func held(_ ground: DrillGround) throws -> DrillOutcome {
        let stage = try DrillStage("held", server: ground.server(), ground: ground)
        let relay = try stage.startRelay().waitUntilReady()
        try stage.workload.start()
        stage.tail.resetGap()
        try stage.waitFor(moreEvents: 800)
        let session = try stage.session()
        relay.signal(SIGSTOP)
        try stage.endStream(session)
        let settings = ConnectionSettings(dsn: stage.dsn, applicationName: "stranger").with(isReplication: true)
        let stranger = ReplicationStream(try Connection.open(settings))
        try stranger.start(slot: stage.setup.name, at: .zero, publications: [stage.setup.name])
        relay.signal(SIGCONT)
        try stage.waitFor("polling", of: relay)
        try stage.waitFor(moreEvents: 1_500)
        // What the stranger confirms is gone from the slot.
        let end = try session.execute("SELECT pg_current_wal_lsn()").scalar.flatMap { LSN($0) } ?? .zero
        _ = try stranger.send(
            StandbyStatusUpdate(write: end, flush: end, apply: end, replyRequested: false),
            unixMicroseconds: MonotonicTime.wallClockMicroseconds())
        stranger.connection.close()
        try stage.waitFor("streaming", of: relay)
        try stage.waitFor(moreEvents: 800)
        return try stage.finish(duplicateLimit: 0, note: "polled meanwhile")
    }
}
