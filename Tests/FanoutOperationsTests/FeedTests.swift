import FanoutOperations
import Kafka
import Realtime
import Testing

struct FeedStartTests {
    struct Case: Sendable {
        let name: String
        let start: Int64
        let end: Int64
        let young: Int64
        let events: Int
        let expected: Int64
    }

    @Test(arguments: [
        Case(name: "as far back as the history reaches", start: 0, end: 1_000, young: 400, events: 10_000, expected: 400),
        Case(name: "no more than is kept", start: 0, end: 1_000, young: 400, events: 100, expected: 900),
        Case(
            name: "records before the end even when all are old", start: 0, end: 1_000, young: 1_000, events: 100, expected: 984),
        Case(name: "not before the oldest record", start: 995, end: 1_000, young: 1_000, events: 100, expected: 995),
        Case(name: "an empty partition", start: 0, end: 0, young: 0, events: 100, expected: 0),
        Case(name: "a partition whose records are all gone", start: 50, end: 50, young: 50, events: 100, expected: 50),
    ])
    func `the history begins where it can be proven`(example: Case) {
        let bounds = PartitionBounds(partition: 3, start: example.start, end: example.end)
        let found = FeedStart.positions(bounds: [bounds], young: [example.young], events: example.events)
        #expect(found.map(\.partition) == [3] && found.map(\.offset) == [example.expected], "\(example.name)")
    }

    @Test func `a partition that begins at 0 has no position of its own`() {
        #expect(FeedStart.positions([(partition: 0, offset: 0), (partition: 1, offset: 7)]) == [1: 7])
    }
}

struct TopicWatchTests {
    private static func holds(_ ends: [Int64]) -> TopicWatch.Look {
        .holds(ends.enumerated().map { PartitionBounds(partition: Int32($0.offset), start: 0, end: $0.element) })
    }

    @Test func `a topic that grew is fine`() {
        var watch = TopicWatch()
        #expect(watch.judge(Self.holds([10, 5]), known: [0, 1], positions: [0: 10, 1: 3]) == .fine)
    }

    @Test func `new partitions are named`() {
        var watch = TopicWatch()
        #expect(watch.judge(Self.holds([1, 1, 1]), known: [0], positions: [:]) == .partitionsAdded([1, 2]))
    }

    @Test(arguments: [0, 1, 2])
    func `a topic that cannot be the same is begun again, when two looks agree`(example: Int) {
        let look: TopicWatch.Look = [Self.holds([4, 9]), Self.holds([10]), .missing][example]
        var watch = TopicWatch()
        #expect(watch.judge(look, known: [0, 1], positions: [0: 10]) == .fine)
        guard case .madeAnew = watch.judge(look, known: [0, 1], positions: [0: 10]) else {
            Issue.record("it was taken for the same topic")
            return
        }
    }

    @Test func `one strange look between two good ones changes nothing`() {
        var watch = TopicWatch()
        for _ in 0..<3 {
            #expect(watch.judge(.missing, known: [0], positions: [0: 1]) == .fine)
            #expect(watch.judge(Self.holds([1]), known: [0], positions: [0: 1]) == .fine)
        }
    }

    @Test func `brokers that do not answer say nothing about the topic`() {
        var watch = TopicWatch()
        for _ in 0..<5 { #expect(watch.judge(.unreachable("x"), known: [0], positions: [0: 1]) == .unreachable("x")) }
    }
}
