import CommandLineKit
import ConsumerOperations
import RelayOperations
import Testing

struct ConsumerLagTests {
    struct Case: Sendable {
        let committed: Int64?
        let applied: Int64?
        var bounds: (Int64, Int64) = (0, 100)
        let position: Int64
        let records: Int64
    }

    @Test(arguments: [
        Case(committed: nil, applied: nil, position: 0, records: 100),
        Case(committed: nil, applied: nil, bounds: (40, 100), position: 40, records: 60),
        Case(committed: 10, applied: 30, position: 30, records: 70),
        // A database that was restored or made anew: everything is read, whatever the group says.
        Case(committed: 50, applied: nil, position: 0, records: 100),
        // A group that was deleted: everything is read, and the inbox knows it.
        Case(committed: nil, applied: 50, position: 0, records: 100),
        Case(committed: 100, applied: 100, position: 100, records: 0),
        // Retention has passed it.
        Case(committed: 10, applied: 10, bounds: (40, 100), position: 40, records: 60),
        // The topic was made anew.
        Case(committed: 500, applied: 500, position: 0, records: 100),
        Case(committed: 0, applied: 0, bounds: (0, 0), position: 0, records: 0),
    ])
    func `what is behind is what a start would read`(example: Case) {
        let lag = PartitionLag(
            topic: "t", partition: 0, committed: example.committed, applied: example.applied, start: example.bounds.0,
            end: example.bounds.1)
        #expect(lag.position == example.position)
        #expect(lag.records == example.records)
    }

    @Test func `ages are of the first record that waits; marks of transactions are no events`() {
        var lag = PartitionLag(topic: "t", partition: 0, committed: 9, applied: 9, start: 0, end: 10)
        #expect(lag.seconds(now: 5_000) == nil)
        lag.waitingSince = 2_000
        #expect(lag.seconds(now: 5_000) == 3)
        #expect(lag.seconds(now: 1_000) == 0)
        lag.isExhausted = true
        #expect(lag.records == 0 && lag.seconds(now: 5_000) == 0)
    }

    private func sample() -> [ConsumerLag] {
        var late = PartitionLag(topic: "order.events", partition: 1, committed: 4, applied: 5, start: 0, end: 25)
        late.waitingSince = 1_000
        let done = PartitionLag(topic: "order.events", partition: 0, committed: 7, applied: 7, start: 0, end: 7)
        return [
            ConsumerLag(
                name: "stock", group: "stock-consumer", partitions: [done, late],
                missing: [.init(topic: "stock.events", reason: "unknown")])
        ]
    }

    @Test(
        arguments: [(nil, nil, true), (20, nil, true), (19, nil, false), (nil, 2, true), (nil, 1, false)] as [(Int?, Int?, Bool)])
    func `limits hold for each consumer`(records: Int?, seconds: Int?, isRight: Bool) {
        let report = ConsumerLagReport.report(sample(), now: 3_000, maximumRecords: records, maximumSeconds: seconds)
        #expect(report.isRight == isRight)
    }

    @Test func `what nobody knows is not within a limit`() {
        let unknown = PartitionLag(topic: "t", partition: 0, committed: nil, applied: nil, start: 0, end: 1)
        let lags = [ConsumerLag(name: "a", group: "g", partitions: [unknown], missing: [])]
        #expect(!ConsumerLagReport.report(lags, now: 0, maximumRecords: nil, maximumSeconds: 1_000).isRight)
        #expect(ConsumerLagReport.report(lags, now: 0, maximumRecords: 1, maximumSeconds: nil).isRight)
    }

    @Test func `the screen shows partitions and names what is missing; JSON has every number`() {
        let report = ConsumerLagReport.report(sample(), now: 3_000, maximumRecords: nil, maximumSeconds: nil)
        let lines = report.text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines[1] == "stock stock-consumer order.events 0 7 7 7 0 -")
        #expect(lines[2] == "stock stock-consumer order.events 1 4 5 25 20 2.0 s")
        #expect(lines.last == "stock: stock.events cannot be read: unknown")
        let json = report.json.render()
        #expect(json.contains("\"lag_records\":20") && json.contains("\"lag_seconds\":2"))
        #expect(json.contains("\"missing_topics\":[{\"topic\":\"stock.events\",\"reason\":\"unknown\"}]"))
    }
}
