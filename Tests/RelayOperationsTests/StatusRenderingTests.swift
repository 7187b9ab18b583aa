import ByteCoding
import CommandLineKit
import PostgresReplication
import RelayCore
import RelayOperations
import Testing

struct StatusRenderingTests {
    private static let body = """
        {"mode":"cdc","phase":"streaming","phase_ms":12000,"ready":true,"reasons":[],"problem":null,"slot":"s","table":"public.t",
        "server":"db:5432/shop","server_version":160015,"confirmed_lsn":"0/10","received_lsn":"0/20","in_flight_events":1200,
        "in_flight_bytes":4096,"oldest_in_flight_ms":3,"throttled":true,"published_events":1234567,"delivery_p50_seconds":0.0012,
        "delivery_p99_seconds":null,"last_frame_ms":40,"broker_answered_ms":null,"retained_wal_bytes":1048576,"safe_wal_bytes":null,
        "wal_status":"reserved","sync_state":"async","pending_rows":7,"configuration":{}}
        """

    @Test func `what the relay says becomes one screen`() throws {
        let answer = try #require(RelayAnswer(Self.body))
        let text = StatusScreen.relayText(answer, address: "http://r:1", rate: 123.4, style: TextStyle(enabled: false))
        #expect(
            text == """
                outbox-relay s  ready  http://r:1

                phase            streaming, for 12 s
                table            public.t
                server           db:5432/shop, PostgreSQL 16
                slot             s, reserved, retains 1.0 MiB, no limit set
                confirmed        0/10 of 0/20 received
                published        1,234,567 events since its start, 123/s
                in flight        1,200 events, 4.0 KiB, the oldest for 3.0 ms, throttled
                delivery         p50 1.2 ms, p99 no events yet
                pending          7 rows
                last frame       40.0 ms ago
                broker answered  not yet

                """)
    }

    @Test(arguments: ["", "{}", "{\"status\":\"live\"}", "[1]", "<html></html>"])
    func `somebody else's answer is not taken for the relay's`(body: String) {
        #expect(RelayAnswer(body) == nil)
    }

    private func status(_ change: (inout DatabaseStatus) -> Void) -> DatabaseStatus {
        var slot = ReplicationSlot(name: "s")
        slot.confirmedFlushLSN = LSN(rawValue: 1_000)
        slot.walStatus = "reserved"
        slot.retainedWALBytes = 5_000
        var status = DatabaseStatus(
            slot: slot, streamer: "relay, process 7", checkpoint: nil, walEnd: LSN(rawValue: 3_048),
            backlog: Backlog(pendingRows: 100_000, oldestPendingSeconds: 90))
        change(&status)
        return status
    }

    @Test(arguments: [(nil, true), (2_048, true), (2_047, false), (0, false)] as [(Int?, Bool)])
    func `lag above the limit is wrong`(limit: Int?, isRight: Bool) {
        let report = LagReport.report(status { _ in }, deliveryP99: 0.012, maximumBytes: limit)
        #expect(report.isRight == isRight)
        #expect(report.text.contains("confirmed lag   2.0 KiB"))
        #expect(report.text.contains("at least 100,000"))
        #expect(report.text.contains("12.0 ms"))
    }

    @Test func `a lost slot is wrong whatever the limit`() {
        let report = LagReport.report(status { $0.slot?.walStatus = "lost" }, deliveryP99: nil, maximumBytes: nil)
        #expect(!report.isRight)
    }

    @Test func `an unknown lag is not within a limit`() {
        let report = LagReport.report(status { $0.slot?.confirmedFlushLSN = nil }, deliveryP99: nil, maximumBytes: 10)
        #expect(!report.isRight)
    }
}
