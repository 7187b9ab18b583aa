import Kafka
import Testing

@Suite struct `Delivery reports` {
    @Test func `a fake sink can make them`() {
        let runs = [DeliveryReports.Run(opaque: 7, count: 3), DeliveryReports.Run(opaque: 8, count: 1)]
        let failure = DeliveryReports.Failure(
            opaque: 9, code: .messageSizeTooLarge, persistence: .notPersisted, topic: "t", partition: 2)
        var seen: [UInt: Int] = [:]
        var failed: [DeliveryReports.Failure] = []
        let reports = DeliveryReports(runs: runs, failures: [failure])
        #expect(reports.count == 5)
        #expect(reports.failureCount == 1)
        reports.forEachRun { seen[$0, default: 0] += $1 }
        reports.forEachFailure { failed.append($0) }
        #expect(seen == [7: 3, 8: 1])
        #expect(failed == [failure])
        #expect(failed[0].error.name == "MSG_SIZE_TOO_LARGE")
    }
}
