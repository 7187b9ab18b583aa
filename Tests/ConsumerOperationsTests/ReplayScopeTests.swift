import ConsumerOperations
import Kafka
import RelayOperations
import Testing

struct ReplayScopeTests {
    private static func scope(
        time: String? = nil, from: [String] = [], until: String? = nil, untilOffsets: [String] = [], topic: String? = nil
    ) throws(OperationError) -> ReplayScope {
        try ReplayScope(
            fromTime: time, fromOffsets: from, until: until, untilOffsets: untilOffsets, topic: topic, now: 10_000_000_000)
    }

    private static let bounds: [TopicPartition: PartitionBounds] = [
        TopicPartition("a", 0): PartitionBounds(partition: 0, start: 10, end: 100),
        TopicPartition("a", 1): PartitionBounds(partition: 1, start: 0, end: 50),
        TopicPartition("b", 0): PartitionBounds(partition: 0, start: 0, end: 0),
    ]

    private static func ranges(
        _ scope: ReplayScope, starts: [TopicPartition: Int64] = [:], ends: [TopicPartition: Int64] = [:]
    ) throws(OperationError) -> [String] {
        try scope.ranges(topics: ["a", "b"], bounds: bounds, starts: starts, ends: ends).map {
            "\($0.place) \($0.start) \($0.end)"
        }
    }

    @Test(
        arguments: [
            (nil, [], nil, []), ("1h", ["a/0:1"], nil, []), ("nonsense", [], nil, []), (nil, ["a/0"], nil, []),
            (nil, ["a/0:1", "a/0:2"], nil, []), ("1h", [], "2h", []), ("1h", [], "x", []), ("1h", [], nil, ["a:1"]),
        ] as [(String?, [String], String?, [String])])
    func `what cannot be read or does not go together is refused`(
        time: String?, from: [String], until: String?, untilOffsets: [String]
    ) {
        #expect(throws: OperationError.self) {
            _ = try Self.scope(time: time, from: from, until: until, untilOffsets: untilOffsets)
        }
    }

    @Test func `from offsets: only named partitions, within what they hold`() throws {
        #expect(try Self.ranges(Self.scope(from: ["a/1:20"])) == ["a/1 20 50"])
        #expect(try Self.ranges(Self.scope(from: ["a/1:20", "a/0:0"])) == ["a/0 10 100", "a/1 20 50"])
        #expect(try Self.ranges(Self.scope(from: ["a/1:20"], untilOffsets: ["a/1:30"])) == ["a/1 20 30"])
        #expect(try Self.ranges(Self.scope(from: ["a/1:20"], untilOffsets: ["a/1:900"])) == ["a/1 20 50"])
        #expect(try Self.ranges(Self.scope(from: ["a/1:50", "b/0:0"])).isEmpty)
    }

    @Test func `from a time: every partition, from where that is to where the end is`() throws {
        let starts = [TopicPartition("a", 0): Int64(90), TopicPartition("a", 1): 50, TopicPartition("b", 0): 0]
        #expect(try Self.ranges(Self.scope(time: "1h"), starts: starts) == ["a/0 90 100"])
        #expect(
            try Self.ranges(Self.scope(time: "1h", until: "30m"), starts: starts, ends: [TopicPartition("a", 0): 95])
                == ["a/0 90 95"])
        #expect(try Self.ranges(Self.scope(time: "1h", topic: "b"), starts: starts).isEmpty)
    }

    @Test(arguments: ["c/0:1", "a/2:1"])
    func `a topic of others and a partition that is not there are refused`(place: String) throws {
        let scope = try Self.scope(from: [place])
        #expect(throws: OperationError.self) { _ = try Self.ranges(scope) }
    }

    @Test func `the tally counts all, and names what was rejected`() {
        var tally = ReplayTally()
        tally.applied = 1_234
        tally.duplicates = 2
        for offset in Int64(0)..<25 { tally.reject(RecordPlace(topic: "a", partition: 0, offset: offset), "why") }
        #expect(tally.count == 1_261)
        let lines = tally.text(isStopped: true).split(separator: "\n")
        #expect(lines[0] == "1,234 applied, 2 duplicate, 25 rejected; then stopped")
        #expect(lines[1] == "  a/0:0  why" && lines.last == "  and 5 more")
    }
}
