import Drills
import LocalServers
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

/// The stream is ahead of what other sessions see.
extension CrashDrills {
    @Test(.timeLimit(.minutes(2)))
    func `a row that the stream brings before its transaction is visible is marked all the same`() throws {
        let server = try TestServers.ownPostgres()
        let drill = try Drill("visibility", server: server, kafka: TestServers.kafka(), seed: DrillSeed.value)
        let admin = try Connection.open(ConnectionSettings(dsn: drill.dsn, applicationName: "drill"))
        // A commit that waits for a synchronous standby is in the WAL, and in nobody's snapshot. The relay's own do not wait.
        for statement in [
            "CREATE ROLE relay SUPERUSER LOGIN", "ALTER ROLE relay SET synchronous_commit = local",
            "ALTER SYSTEM SET synchronous_standby_names = 'nobody'",
        ] { try admin.execute(statement) }
        drill.setup["postgres.dsn"] = server.dsn(user: "relay", database: drill.name)
        let relay = try drill.setup.start().waitUntilReady()
        try admin.execute("SELECT pg_reload_conf()")
        #expect(Await.until(seconds: 10) { (try? admin.execute("SHOW synchronous_standby_names").scalar) == "nobody" })

        let dsn = drill.dsn
        let writer = try OwnedThread.start(name: "writer") {
            let connection = try? Connection.open(ConnectionSettings(dsn: dsn, applicationName: "writer"))
            _ = try? connection?.execute(
                "INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload) VALUES ('A', 'a', 'E', '{\"seq\": 1}')"
            )
        }
        try drill.waitFor(moreEvents: 1, relay)
        let isBookedTooSoon = Await.until(seconds: 1) { relay.status()?.publishedEvents != 0 }
        #expect(!isBookedTooSoon, "the row cannot be marked yet, so the event is not finished")

        let another = try Connection.open(ConnectionSettings(dsn: server.dsn(user: "relay"), applicationName: "drill"))
        try another.execute("ALTER SYSTEM RESET synchronous_standby_names")
        try another.execute("SELECT pg_reload_conf()")
        writer.join()
        let written = try drill.finish(seconds: 10, relay)
        #expect(written.count == 1)
        #expect(try relay.terminate() == .exited(0), "\(relay.logTail())")
        try drill.audit(written, duplicateLimit: 0)
    }
}
