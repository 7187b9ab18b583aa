import Drills
import LocalServers
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

/// Bounded memory (promise P5), and every event arrives all the same.
extension CrashDrills {
    private static let limit = 100 << 20

    @Test(.timeLimit(.minutes(10)))
    func `a transaction of 1000000 rows with 60 s without a broker in its middle stays under 100 MiB`() throws {
        let kafka = try TestServers.kafka()
        let drill = try Drill(
            "memory", server: TestServers.postgres(), kafka: kafka, eventsPerSecond: 2_000, seed: DrillSeed.value)
        let relay = try drill.setup.start().waitUntilReady()
        let began = MonotonicTime.now()
        try writeHugeTransaction(1_000_000, drill)
        let written = MonotonicTime.now()
        try drill.waitFor(moreEvents: 300_000, relay)
        let delivered = MonotonicTime.now()
        kafka.pause(broker: 0)
        let flowing = try #require(relay.peakMemory)
        try drill.workload.start()
        try relay.waitFor("the stall to show", seconds: 30) { !$0.ready }
        // The length of the outage is what is tested.
        _ = relay.waitForEnd(seconds: 60 - Double(MonotonicTime.now() - delivered) / 1_000_000_000)
        let stalled = try #require(relay.peakMemory)
        let waiting = drill.workload.committedCount
        kafka.resume(broker: 0)
        let resumed = MonotonicTime.now()
        let all = try drill.finish(seconds: 240, relay)
        let caughtUp = try #require(relay.peakMemory)
        DrillReport.line(
            drill.name,
            """
            1000000 rows written in \(seconds(began, written)), 300000 of them delivered in \(seconds(written, delivered)), 60 s \
            without a broker and \(waiting) more rows, the rest delivered and marked in \(seconds(resumed, MonotonicTime.now())); \
            peak RSS \(flowing >> 20), \(stalled >> 20), \(caughtUp >> 20) MiB
            """)
        #expect(caughtUp < Self.limit)
        #expect(try relay.terminate() == .exited(0), "\(relay.logTail())")
        try drill.audit(all, duplicateLimit: 20_000)
        try drill.dropSlot()
    }

    private func writeHugeTransaction(_ rows: Int, _ drill: Drill) throws {
        let connection = try Connection.open(ConnectionSettings(dsn: drill.dsn, applicationName: "huge"))
        try connection.execute(
            """
            INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload)
            SELECT 'DRILL', 'huge-' || n % 50, 'KEPT', jsonb_build_object('seq', n, 'fill', repeat('x', 100))
            FROM generate_series(1, \(rows)) AS n
            """, timeoutMilliseconds: 120_000)
    }

    private func seconds(_ start: Int64, _ end: Int64) -> String { DrillReport.seconds(Double(end - start) / 1_000_000_000) }
}
