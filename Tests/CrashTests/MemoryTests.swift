import LocalServers
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

/// Bounded memory (promise P5), and every event arrives all the same.
extension CrashDrills {
    private static let limit = 100 << 20

    @Test(.timeLimit(.minutes(4)))
    func `a transaction of 1000000 rows and 60 s without a broker stay under 100 MiB`() throws {
        let kafka = try TestServers.kafka()
        let drill = try Drill(
            "memory", server: TestServers.postgres(), kafka: kafka, eventsPerSecond: 2_000, seed: DrillSeed.value)
        let relay = try drill.setup.start().waitUntilReady()
        let rows = 1_000_000
        let began = MonotonicTime.now()
        try writeHugeTransaction(rows, drill)
        let written = MonotonicTime.now()
        guard drill.tail.waitFor(events: rows, seconds: 120) else {
            throw RelayUnderTest.Failure("\(drill.tail.eventCount) of \(rows) arrived\n\(relay.logTail())")
        }
        let huge = try #require(relay.peakMemory)
        DrillReport.line(
            drill.name,
            "\(rows) rows in one transaction: written in \(seconds(began, written)), delivered \(seconds(written, MonotonicTime.now())) "
                + "later, peak \(huge >> 20) MiB")
        #expect(huge < Self.limit)

        try drill.workload.start()
        try drill.waitFor(moreEvents: 1_000, relay)
        kafka.pause(broker: 0)
        let paused = MonotonicTime.now()
        let before = drill.workload.committedCount
        try relay.waitFor("the stall to show", seconds: 30) { !$0.ready }
        // The length of the outage is what is tested.
        _ = relay.waitForEnd(seconds: 60 - Double(MonotonicTime.now() - paused) / 1_000_000_000)
        let waiting = drill.workload.committedCount - before
        let peak = try #require(relay.peakMemory)
        kafka.resume(broker: 0)
        let all = try drill.finish(seconds: 90, relay)
        DrillReport.line(drill.name, "60 s without a broker, \(waiting) events waiting, peak \(peak >> 20) MiB")
        #expect(peak < Self.limit)
        #expect(try #require(relay.peakMemory) < Self.limit, "while it caught up")
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
