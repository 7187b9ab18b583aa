import Drills
import LocalServers
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

/// What is around a polling publisher breaks, or is slow, or sleeps.
@Suite(.serialized, .needsServers)
struct PollingOutageTests {
    private static let polling = [(key: "mode", value: "polling"), (key: "polling.interval.ms", value: "200")]
    private static let published = "SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED'"

    @Test func `While no broker answers it is not ready and waits; afterwards everything arrives once`() throws {
        let kafka = try TestServers.kafka()
        try Stage.perform(settings: Self.polling + [("stall.timeout.ms", "2000")]) { stage in
            let relay = try stage.startReady()
            try stage.write(1...50)
            try stage.wait(for: "50", of: Self.published)
            kafka.stop()
            defer { try? kafka.start() }
            try stage.write(51...150)
            let isRed = Await.until(seconds: 15) { !relay.isReady }
            #expect(isRed)
            #expect(relay.status()?.phase == "polling")
            try kafka.start()
            try relay.waitUntilReady(seconds: 60)
            try stage.wait(for: "150", of: Self.published, seconds: 60)
            #expect(try stage.allNumbers() == Array(1...150))
            kafka.stop()
            try stage.write(151...160)
            try stage.wait(for: "10", of: "SELECT count(*) FROM outbox_events WHERE status = 'PROCESSING'")
            let stopped = MonotonicTime.now()
            #expect(try relay.terminate() == .exited(0))
            #expect(MonotonicTime.now() - stopped < 10_500_000_000)
            try kafka.start()
            try stage.startReady()
            try stage.wait(for: "160", of: Self.published, seconds: 60)
            #expect(Set(try stage.allNumbers()) == Set(1...160))
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `A restart of PostgreSQL under load loses nothing and repeats nothing`(version: Int) throws {
        let server = try TestServers.ownPostgres(version: version)
        try Stage.perform(server: server, settings: Self.polling) { stage in
            let relay = try stage.startReady()
            var options = OutboxWorkload.Options()
            options.eventsPerSecond = 1_000
            let workload = try OutboxWorkload(dsn: stage.dsn, options: options)
            try workload.start()
            for mode in [TemporaryPostgres.StopMode.fast, .immediate] {
                #expect(workload.waitFor(moreEvents: 1_000, seconds: 20))
                try server.stop(mode)
                let isRed = Await.until(seconds: 5) { !relay.isReady }
                #expect(isRed)
                try server.start()
                try relay.waitUntilReady()
            }
            #expect(workload.waitFor(moreEvents: 500, seconds: 20))
            workload.stop()
            let written = try OutboxWorkload.truth(dsn: stage.dsn)
            let session = try stage.session()
            let isDone = try Await.until(seconds: 30) { try session.execute(Self.published).scalar == String(written.count) }
            #expect(isDone)
            let audit = DeliveryAudit(
                written: written, delivered: try TopicReader.read([stage.setup.topic], bootstrap: stage.bootstrap))
            #expect(audit.isClean, "\(audit.missing.count) lost, \(audit.orderViolations.prefix(3))")
            #expect(audit.duplicates <= 500, "at most the batch that was under way: \(audit.duplicates)")
            #expect(relay.lines("the connection to PostgreSQL is lost; connecting again").count <= 2, "said once each time")
        }
    }

    @Test func `SIGTERM under load ends with exit code 0, and the next start repeats nothing and misses nothing`() throws {
        try Stage.perform(settings: Self.polling) { stage in
            try stage.execute(
                """
                INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload) \
                SELECT 'T', (n % 50)::text, 'E', jsonb_build_object('n', n) FROM generate_series(1, 30000) AS n
                """)
            for round in 1...6 {
                let relay = try stage.startReady()
                let before = try stage.number(Self.published)
                let moved = try Await.until(seconds: 20, everyMilliseconds: 3) {
                    try stage.number(Self.published) > before + 700 * round
                }
                #expect(moved)
                #expect(try relay.terminate() == .exited(0))
            }
            try stage.startReady()
            try stage.wait(for: "30000", of: Self.published, seconds: 30)
            #expect(try stage.allNumbers() == Array(1...30_000))
        }
    }

    @Test func `With the trigger an event is in Kafka within 20 ms of its commit`() throws {
        try Stage.perform(settings: [("mode", "polling"), ("polling.interval.ms", "60000")]) { stage in
            let made = try stage.command("migrate", "notify")
            #expect(made.exitCode == 0, "\(made)")
            try stage.startReady()
            try stage.write([0])
            try stage.records(1)
            let log = try TopicLog(stage.setup.topic, bootstrap: stage.bootstrap)
            try log.wait(for: 1)
            var delays: [Double] = []
            for number in 1...60 {
                try stage.write([number])
                let committed = MonotonicTime.now()
                try log.wait(for: number + 1, seconds: 10)
                delays.append(Double(MonotonicTime.now() - committed) / 1_000_000)
            }
            delays.sort()
            print("polling with NOTIFY: commit to consumer p50 \(delays[30]) ms, p90 \(delays[54]) ms")
            #expect(delays[30] < 20, "\(delays)")
            let taken = try stage.command("migrate", "notify", "--drop")
            #expect(taken.exitCode == 0, "\(taken)")
            #expect(try stage.number("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal") == 0)
        }
    }

    @Test func `While nothing happens one indexed query an interval is all that the server sees`() throws {
        var options = PostgresOptions()
        options.settings = ["shared_preload_libraries": "pg_stat_statements"]
        let server = try TestServers.ownPostgres(options: options)
        try Stage.perform(server: server, settings: Self.polling) { stage in
            try stage.execute("CREATE EXTENSION pg_stat_statements")
            try stage.execute(
                """
                INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload, status, published_at) \
                SELECT 'T', n::text, 'E', '{}', 'PUBLISHED', now() FROM generate_series(1, 50000) AS n
                """)
            try stage.execute("VACUUM ANALYZE outbox_events")
            try stage.startReady()
            try stage.write([1])
            try stage.wait(for: "50001", of: Self.published)
            // The backlog is counted now and then within the claim, which makes two texts of one query.
            try stage.execute("SELECT pg_stat_statements_reset()")
            let watcher = try stage.session()
            let began = MonotonicTime.now()
            _ = Await.until(seconds: 6) { false }
            let seen = try watcher.execute(
                """
                SELECT sum(calls), sum(shared_blks_hit + shared_blks_read), string_agg(left(query, 40), ' | ') \
                FROM pg_stat_statements WHERE userid = 'postgres'::regrole AND query NOT LIKE '%pg_stat_statements%' \
                AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                """)
            let intervals = Double(MonotonicTime.now() - began) / 200_000_000
            let calls = Double(seen.integer(0, 0) ?? 0)
            #expect(calls <= intervals + 2 && calls >= intervals * 0.6, "\(calls) queries: \(seen.text(0, 2) ?? "")")
            #expect(Double(seen.integer(0, 1) ?? 0) / calls < 60, "\(seen.text(0, 1) ?? "") blocks in \(calls) queries")
        }
    }

    @Test func `Large payloads are claimed in portions that fit into the memory allowed`() throws {
        try Stage.perform(settings: Self.polling + [("in.flight.bytes", "4 MiB")]) { stage in
            try stage.execute(
                """
                INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload) \
                SELECT 'T', 'k', 'E', jsonb_build_object('n', n, 'x', repeat('x', 900000)) FROM generate_series(1, 300) AS n
                """)
            let relay = try stage.startReady()
            try stage.wait(for: "300", of: Self.published, seconds: 60)
            #expect(try stage.allNumbers() == Array(1...300))
            #expect(relay.peakMemory ?? 0 < 200 << 20, "\(relay.peakMemory ?? 0) bytes")
        }
    }
}
