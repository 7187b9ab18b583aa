import ConsumerOperations
import Kafka
import Testing

struct AgeSearchTests {
    private static let second: Int64 = 1_000_000_000

    private func lag(_ marks: [Int64]) -> ConsumerLag {
        ConsumerLag(
            name: "a", group: "g",
            partitions: marks.enumerated().map {
                PartitionLag(
                    topic: "t", partition: Int32($0.offset), committed: $0.element, applied: $0.element, start: 0, end: 10)
            }, missing: [])
    }

    @Test func `only what is behind is looked for, and nothing when nothing is`() {
        #expect(AgeSearch(lag([10, 4, 10]), now: 0).open == [TopicPartition("t", 1): 4])
        #expect(AgeSearch(lag([10, 10]), now: 0).isOver(now: 0))
    }

    @Test func `it ends with the last partition`() {
        var search = AgeSearch(lag([1, 2]), now: 0)
        let answers = [1, 1].map { search.close(TopicPartition("t", $0)) }
        #expect(answers == [true, false])
        #expect(!search.isOver(now: Self.second))
        let last = search.close(TopicPartition("t", 0))
        #expect(last)
        #expect(search.isOver(now: Self.second))
    }

    @Test func `an error shortens this consumer's time, and takes none of the next one's`() {
        var first = AgeSearch(lag([1]), now: 0)
        #expect(!first.isOver(now: 9 * Self.second) && first.isOver(now: 10 * Self.second))
        first.failed(now: Self.second)
        #expect(!first.isOver(now: 2 * Self.second) && first.isOver(now: 3 * Self.second))
        first.failed(now: 2 * Self.second)
        #expect(first.isOver(now: 3 * Self.second))
        #expect(!AgeSearch(lag([1]), now: 3 * Self.second).isOver(now: 12 * Self.second))
    }
}
