import RelayOperations
import Testing

struct TopicHorizonTests {
    private static let now: Int64 = 1_000_000_000_000
    private static let day: Int64 = 86_400_000

    struct Case: Sendable {
        let name: String
        /// ms.
        let oldest: [Int64?]
        let retention: Int64?
        let bytes: Int64?
        var isCompacted = false
        /// Unix µs.
        let expected: Int64?
    }

    @Test(arguments: [
        Case(name: "nothing was deleted", oldest: [], retention: 1_000, bytes: -1, expected: nil),
        Case(name: "retention by time", oldest: [now / 1_000 - 1_000], retention: 5_000, bytes: -1, expected: now - 5_000_000),
        Case(
            name: "deleted by hand: what is younger is missed", oldest: [nil], retention: day, bytes: -1,
            expected: now - day * 1_000),
        Case(name: "deleted by hand, no retention", oldest: [nil], retention: -1, bytes: -1, expected: nil),
        Case(name: "retention by size", oldest: [7, 9], retention: day, bytes: 1_000_000, expected: 9_000),
        Case(name: "settings unknown", oldest: [7, nil], retention: nil, bytes: nil, expected: now),
        Case(name: "compacted", oldest: [], retention: -1, bytes: -1, isCompacted: true, expected: .max),
    ])
    func `how far back a topic can be held to account`(example: Case) {
        let horizon = TopicHorizon(
            oldest: example.oldest, retentionMilliseconds: example.retention, retentionBytes: example.bytes,
            isCompacted: example.isCompacted, now: Self.now)
        #expect(horizon.time == example.expected, "\(example.name)")
    }

    @Test func `a row of unknown age is not expected where something was deleted`() {
        let cut = TopicHorizon(oldest: [5], retentionMilliseconds: nil, retentionBytes: nil, isCompacted: false, now: Self.now)
        #expect(cut.covers(5_000) && !cut.covers(4_999) && !cut.covers(nil))
        let whole = TopicHorizon(oldest: [], retentionMilliseconds: nil, retentionBytes: nil, isCompacted: false, now: Self.now)
        #expect(whole.covers(nil))
    }
}
