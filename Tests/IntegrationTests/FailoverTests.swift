import Drills
import Kafka
import LocalServers
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

/// PostgreSQL 17 and later: a standby keeps a copy of the slot, and the relay goes on there.
@Suite(.serialized, .needsServers)
struct FailoverTests {
    private static let versions = Versions.all.filter { $0 >= 17 }

    private struct Pair {
        let primary: TemporaryPostgres
        let standby: TemporaryPostgres
        let standbySession: Connection
    }

    private func pair(_ version: Int) throws -> Pair {
        var options = PostgresOptions()
        options.settings = ["synchronized_standby_slots": "standby1", "wal_receiver_status_interval": "100ms"]
        let primary = try TestServers.ownPostgres(version: version, options: options)
        var standbyOptions = PostgresOptions()
        standbyOptions.settings = [
            "primary_conninfo": "\(primary.dsn()) application_name=standby1", "primary_slot_name": "standby1",
            "sync_replication_slots": "on", "hot_standby_feedback": "on", "wal_receiver_status_interval": "100ms",
        ]
        let standby = try TemporaryPostgres(standbyOf: primary, options: standbyOptions)
        let admin = try Connection.open(ConnectionSettings(dsn: primary.dsn(), applicationName: "tests"))
        try admin.execute("SELECT pg_create_physical_replication_slot('standby1')")
        // An acknowledged commit is on both from here on, so that what is missing afterwards was lost by the relay.
        try admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby1'")
        try admin.execute("SELECT pg_reload_conf()")
        return Pair(
            primary: primary, standby: standby,
            standbySession: try Connection.open(ConnectionSettings(dsn: standby.dsn(), applicationName: "tests")))
    }

    private func findings(_ run: CommandRun, _ check: String) -> [[String: Any]] {
        (run.json["findings"] as? [[String: Any]] ?? []).filter { ($0["check"] as? String)?.hasPrefix(check) == true }
    }

    @Test(arguments: versions)
    func `the relay goes on at the promoted standby: nothing is lost, order holds`(version: Int) throws {
        let pair = try pair(version)
        try Stage.perform(server: pair.primary, settings: [("slot.failover", "true")]) { stage in
            stage.setup["postgres.dsn"] = """
                host=127.0.0.1,127.0.0.1 port=\(pair.primary.port),\(pair.standby.port) user=postgres dbname=\(stage.name) \
                target_session_attrs=read-write
                """
            let relay = try stage.startReady()
            #expect(try stage.scalar("SELECT failover FROM pg_replication_slots WHERE slot_name = '\(stage.name)'") == "t")
            try stage.write(1...100)
            try stage.records(100)
            // The copy is whole once the primary's slot has moved past what the standby began with: events move it every second. The
            // standby looks after longer and longer pauses, up to 30 s.
            var next = 101
            try stage.wait(until: "the slot's copy is whole", seconds: 150) {
                try stage.execute("SELECT pg_log_standby_snapshot(), pg_sleep(0.2)")
                try stage.write([next])
                next += 1
                return try pair.standbySession.execute(
                    "SELECT synced AND NOT temporary AND invalidation_reason IS NULL FROM pg_replication_slots WHERE slot_name = '\(stage.name)'"
                ).scalar == "t"
            }
            let doctor = try stage.command("doctor", "--json")
            let checked = findings(doctor, "failover.")
            #expect(checked.count >= 5 && checked.allSatisfy { $0["severity"] as? String == "ok" }, "\(doctor)")

            let writer = try BackgroundWriter(stage, from: next)
            try stage.waitFor(number: next + 500)
            pair.primary.kill()
            let written = writer.finishAnyhow()
            let session = try Connection.open(
                ConnectionSettings(dsn: pair.standby.dsn(database: stage.name), applicationName: "tests"))
            // What the standby knows to be published when the primary is gone; the rest may come twice.
            let stored = Int(try session.execute("SELECT events FROM outbox_checkpoints").integer(0, 0) ?? 0)
            try pair.standbySession.execute("SELECT pg_promote()", timeoutMilliseconds: 60_000)
            // The one whose answer was lost may have been committed.
            let last =
                try session.execute("SELECT max((payload->>'n')::int) FROM outbox_events").integer(0, 0).map { Int($0) } ?? 0
            #expect(last >= written, "what was acknowledged is on the standby")
            try stage.write(last + 1...last + 50, on: session)
            try relay.waitUntilReady(seconds: 60)
            try stage.waitFor(number: last + 50)
            #expect(try relay.terminate() == .exited(0))
            let numbers = try stage.allNumbers()
            var seen: Set<Int> = []
            let first = numbers.filter { seen.insert($0).inserted }
            #expect(
                seen.isSuperset(of: 1...last + 50), "nothing is lost: \(Set(1...last + 50).subtracting(seen).sorted().prefix(20))"
            )
            for key in 0..<7 {
                let ofKey = first.filter { $0 % 7 == key }
                #expect(ofKey == ofKey.sorted(), "order of key \(key)")
            }
            let duplicates = numbers.count - seen.count
            #expect(duplicates <= last - stored, "\(duplicates) duplicates of \(last - stored) unconfirmed events")
            let pending = try session.execute("SELECT count(*) FROM outbox_events WHERE status <> 'PUBLISHED'").integer(0, 0)
            print(
                "failover on \(version): \(last + 50) events, \(duplicates) duplicates of "
                    + "\(last - stored) unconfirmed, \(pending ?? -1) unmarked")
            #expect(pending == 0)
        }
        pair.standby.destroy()
        pair.primary.destroy()
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `a slot is made or changed to be copied, and older servers are refused by name`(version: Int) throws {
        try Stage.perform(version: version, settings: [("slot.failover", "true")]) { stage in
            if version < 17 {
                #expect(try stage.findingsOfStart() == ["slot.failover"])
                let run = try stage.command("slot", "create")
                #expect(run.exitCode == 1 && run.errors.contains("needs PostgreSQL 17"), "\(run)")
                #expect(try stage.command("slot", "failover", "on").errors.contains("needs PostgreSQL 17"))
                let doctor = try stage.command("doctor", "--json")
                #expect(findings(doctor, "slot.failover").first?["severity"] as? String == "fail", "\(doctor)")
                return
            }
            let isFailover = "SELECT failover FROM pg_replication_slots WHERE slot_name = '\(stage.name)'"
            #expect(try stage.command("publication", "create").exitCode == 0)
            #expect(try stage.command("slot", "create", "--wait", "20").exitCode == 0)
            #expect(try stage.scalar(isFailover) == "t")
            #expect(try stage.command("slot", "failover", "maybe").exitCode == 2)
            let off = try stage.command("slot", "failover", "off", "--json")
            #expect(off.exitCode == 0, "\(off)")
            #expect(try stage.scalar(isFailover) == "f")
            let relay = try stage.startReady()
            let warnings = relay.complaints.compactMap { $0.text("name") }
            #expect(warnings.contains("slot.failover"), "\(warnings)")
            let busy = try stage.command("slot", "failover", "on")
            #expect(busy.exitCode == 1 && busy.errors.contains("in use"), "\(busy)")
            try relay.terminate()
            #expect(try stage.command("slot", "failover", "on").exitCode == 0)
            #expect(try stage.scalar(isFailover) == "t")
            let doctor = try stage.command("doctor", "--json")
            #expect(findings(doctor, "slot.failover").first?["severity"] as? String == "ok", "\(doctor)")
            #expect(findings(doctor, "failover.synchronized_slots").first?["severity"] as? String == "warn", "\(doctor)")
            #expect(findings(doctor, "failover.standby").first?["severity"] as? String == "warn", "\(doctor)")
        }
    }
}
