import Drills
import Glibc
import LocalServers
import PostgresClient
import ServiceRuntime
import Synchronization
import TestSupport
import Testing

@Suite(.serialized, .needsServers)
struct LifeTests {
    @Test(arguments: Versions.oldestAndNewest)
    func `A server that comes back under another address of the DSN is found`(version: Int) throws {
        let server = try TestServers.ownPostgres(version: version)
        let other = try FreePort.next()
        try Stage.perform(server: server) { stage in
            let dsn = "host=127.0.0.1,127.0.0.1 port=\(server.port),\(other) user=postgres dbname=\(stage.name)"
            let relay = try stage.startReady([("postgres.dsn", dsn)])
            try stage.write(1...50)
            try stage.records(50)
            try server.stop(.immediate)
            try relay.waitFor("trouble") { !$0.ready }
            try server.start(port: other)
            try relay.waitFor("the second stream") { $0.streams == 2 && $0.ready }
            let session = try stage.session()
            try stage.write(51...60, on: session)
            try stage.records(60)
            #expect(try relay.terminate() == .exited(0))
            #expect(try stage.allNumbers() == Array(1...60))
            #expect(relay.lines("the connection to PostgreSQL is lost; connecting again").count == 1, "said once")
            #expect(relay.status() == nil)
        }
    }

    @Test(arguments: [true, false], [Versions.all.first ?? 0, Versions.all.last ?? 0])
    func `A second instance stands by and takes over within 5 s`(isKilled: Bool, version: Int) throws {
        try Stage.perform(version: version) { stage in
            let first = try stage.startReady()
            let second = try stage.start()
            try second.waitFor("standby") { $0.phase == "standby" }
            #expect(second.fetch("/health/ready")?.status == 503)
            #expect(second.fetch("/health/live")?.status == 200)
            let writer = try BackgroundWriter(stage)
            try stage.records(200)
            let ended = MonotonicTime.now()
            if isKilled { first.kill() } else { #expect(try first.terminate() == .exited(0)) }
            try second.waitFor("the takeover", seconds: 10) { $0.phase == "streaming" }
            if isKilled { #expect(MonotonicTime.now() - ended < 5_000_000_000) }
            let last = try writer.finish()
            try stage.wait(for: "0", of: "SELECT count(*) FROM outbox_events WHERE status <> 'PUBLISHED'")
            #expect(try second.terminate() == .exited(0))
            let numbers = try stage.allNumbers()
            var seen: Set<Int> = []
            #expect(numbers.filter { seen.insert($0).inserted } == Array(1...last))
            if !isKilled { #expect(numbers.count == last, "an orderly end repeats nothing") }
            #expect(second.lines("standing by: another session streams from the slot").count == 1)
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `A frozen walsender turns readiness red within 15 s, and the stream goes on afterwards`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            let relay = try stage.startReady()
            try stage.write(1...10)
            try stage.records(10)
            let walsender = Int32(
                try stage.number("SELECT active_pid FROM pg_replication_slots WHERE slot_name = '\(stage.name)'"))
            #expect(walsender > 0)
            kill(walsender, SIGSTOP)
            defer { kill(walsender, SIGCONT) }
            try stage.write(11...20)
            let isRed = Await.until(seconds: 15) { !relay.isReady }
            #expect(isRed)
            kill(walsender, SIGCONT)
            try relay.waitUntilReady()
            try stage.write(21...30)
            try stage.wait(for: "30", of: "SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED'")
            #expect(try stage.allNumbersOnceSettled(relay) == Array(1...30))
        }
    }

    @Test func `A network that swallows everything turns readiness red within 15 s, and the stream goes on afterwards`() throws {
        try Stage.perform { stage in
            let proxy = try WireProxy(target: stage.server.port)
            defer { proxy.shutDown() }
            let relay = try stage.startReady([("postgres.dsn", stage.dsn(through: proxy))])
            try stage.write(1...10)
            try stage.records(10)
            proxy.stall(true)
            try stage.write(11...20)
            let isRed = Await.until(seconds: 15) { !relay.isReady }
            #expect(isRed)
            proxy.stall(false)
            try relay.waitUntilReady()
            try stage.write(21...30)
            try stage.wait(for: "30", of: "SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED'")
            #expect(try stage.allNumbersOnceSettled(relay) == Array(1...30))
            #expect(relay.complaints.filter { $0.message != "startup check" }.count <= 4, "\(relay.logTail(30))")
        }
    }

    @Test func `Connections that are cut again and again lose nothing and repeat nothing`() throws {
        try Stage.perform { stage in
            let proxy = try WireProxy(target: stage.server.port)
            defer { proxy.shutDown() }
            let relay = try stage.startReady([("postgres.dsn", stage.dsn(through: proxy))])
            let writer = try BackgroundWriter(stage)
            for streams in 2...6 {
                try stage.records((streams - 1) * 100)
                proxy.cut()
                try relay.waitFor("stream \(streams)") { $0.streams >= streams }
            }
            let last = try writer.finish()
            try stage.wait(for: "0", of: "SELECT count(*) FROM outbox_events WHERE status <> 'PUBLISHED'")
            #expect(try stage.allNumbersOnceSettled(relay) == Array(1...last), "a reconnect of a living relay repeats nothing")
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `Becoming a synchronous standby is warned about`(version: Int) throws {
        let server = try TestServers.ownPostgres(version: version)
        try Stage.perform(server: server) { stage in
            let relay = try stage.startReady()
            try stage.write([1])
            try stage.records(1)
            try stage.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            try stage.execute("SELECT pg_reload_conf()")
            try relay.waitForLog("this relay is a synchronous standby", seconds: 20)
            // Every commit waits for Kafka now, but comes back: the relay's own must not wait for the relay.
            for number in 2...4 { try stage.write([number]) }
            #expect(relay.status()?.syncState == "sync")
            let sessions = try stage.number("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
            #expect(sessions == 0)
            try stage.execute("SET synchronous_commit = local")
            try relay.terminate()
            let next = try stage.startReady()
            #expect(next.lines("startup check").contains { $0.text("name") == "server.synchronous_standby" })
            try stage.execute("ALTER SYSTEM RESET synchronous_standby_names")
            try stage.execute("SELECT pg_reload_conf()")
        }
    }

    @Test func `Metrics, status and health`() throws {
        try Stage.perform { stage in
            let relay = try stage.startReady()
            try stage.write(1...30)
            try stage.execute(
                "INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload) VALUES ('T', '1', 'E', 'no topic', '1')"
            )
            try stage.wait(
                for: "DEAD=1 PUBLISHED=30",
                of:
                    "SELECT string_agg(s, ' ') FROM (SELECT status || '=' || count(*) AS s FROM outbox_events GROUP BY status ORDER BY 1) t"
            )
            let text = relay.fetch("/metrics")?.body ?? ""
            let promtool = try checkedByPromtool(text)
            #expect(promtool.status.isSuccess, "\(promtool.output)\(promtool.errors)")
            let samples = relay.metrics()
            #expect(samples["outbox_relay_events_total{topic=\"\(stage.name)\"}"] == 30)
            #expect(samples["outbox_relay_delivery_seconds_count"] ?? 0 >= 30)
            #expect(samples["outbox_relay_mode{mode=\"cdc\"}"] == 1)
            #expect(samples["outbox_relay_dead_letters_total{reason=\"topic_invalid\"}"] == 1)
            for name in [
                "outbox_relay_confirmed_lsn_lag_bytes", "outbox_relay_retained_wal_bytes", "outbox_relay_safe_wal_bytes",
                "outbox_relay_in_flight_events", "outbox_table_pending",
            ] { #expect(samples[name] != nil, "\(name)") }
            try relay.waitFor("31 published events") { $0.publishedEvents == 31 && $0.inFlightEvents == 0 }
            #expect(relay.fetch("/nothing")?.status == 404)
            for secret in ["\"n\":", "no payload"] { #expect(!text.contains(secret)) }
        }
    }

    private func checkedByPromtool(_ text: String) throws -> CommandResult {
        let file = try SecretFile(text)
        return try CommandResult.of(ChildCommand("bash", ["-c", "exec promtool check metrics < '\(file.path)'"]))
    }
}
