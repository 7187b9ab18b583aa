import RelayOperations
import Testing

struct EventSelectionTests {
    @Test(arguments: ["", "@", "0", "0@", "@1", "-1@2", "1@-2", "+1@2", "1@+2", "a@b", "1@2@3", "99999999999@1"])
    func `only partition@offset is the place of a letter`(text: String) {
        #expect(DeadLetterPosition(text) == nil)
    }

    @Test func `places are read and ordered by partition and offset`() {
        #expect(DeadLetterPosition("3@42") == DeadLetterPosition(partition: 3, offset: 42))
        let places = ["1@2", "0@10", "0@9"].compactMap { DeadLetterPosition($0) }
        #expect(places.sorted().map(\.description) == ["0@9", "0@10", "1@2"])
    }

    private func letter(_ offset: Int64, _ headers: [String: String]) -> DeadLetter {
        DeadLetter(
            position: DeadLetterPosition(partition: 0, offset: offset), timestamp: 1_000, key: nil, payload: nil,
            headers: headers.map { ($0.key, Array($0.value.utf8)) })
    }

    @Test func `a letter is what its headers say, with the record's time where they say none`() {
        let full = letter(
            1,
            [
                "outbox_error_reason": "topic_invalid", "outbox_event_id": "e1", "outbox_original_topic": "t",
                "outbox_failed_at": "2026-01-02T03:04:05.000000Z", "traceparent": "x", "event_type": "E",
            ])
        #expect(full.eventID == "e1" && full.reason == "topic_invalid" && full.originalTopic == "t")
        #expect(full.failedAt == 1_767_323_045_000_000)
        #expect(full.rowHeaders.map(\.name) == ["traceparent"])
        let bare = letter(2, [:])
        #expect(bare.eventID == nil && bare.reason == "unknown" && bare.failedAt == 1_000_000)
    }

    @Test func `choices narrow each other, and named letters have to be among them`() {
        let letter = letter(
            7, ["outbox_error_reason": "r", "outbox_event_id": "e", "outbox_original_topic": "t"])
        func contains(_ selection: DeadLetterSelection) -> Bool { selection.contains(letter) }
        #expect(contains(DeadLetterSelection(isAll: true)) && contains(DeadLetterSelection(words: ["0@7"])))
        #expect(contains(DeadLetterSelection(words: ["e"])) && !contains(DeadLetterSelection(words: ["0@8", "f"])))
        #expect(contains(DeadLetterSelection(reason: "r", topic: "t")))
        #expect(!contains(DeadLetterSelection(reason: "r", topic: "u")))
        #expect(!contains(DeadLetterSelection(words: ["0@7"], reason: "s")))
        #expect(contains(DeadLetterSelection(range: TimeRange(since: 1_000_000))))
        #expect(!contains(DeadLetterSelection(range: TimeRange(until: 1_000_000))))
        #expect(DeadLetterSelection().isEmpty && !DeadLetterSelection(isAll: true).isEmpty)
    }

    @Test func `a replay wants exactly one kind of choice`() throws {
        func choice(_ ids: String?, _ aggregate: String?, _ since: Int64?) throws(OperationError) -> ReplaySelection.Choice {
            try ReplaySelection(ids: ids, aggregate: aggregate, range: TimeRange(since: since), topic: nil).choice
        }
        #expect(try choice("b, a,a,", nil, nil) == .ids(["a", "b"]))
        #expect(try choice(nil, "ORDER/4/7", nil) == .aggregate(type: "ORDER", id: "4/7"))
        #expect(try choice(nil, nil, 5) == .range(TimeRange(since: 5)))
        let wrong: [(String?, String?, Int64?)] = [
            (nil, nil, nil), ("a", "T/1", nil), ("a", nil, 5), (nil, "T/1", 5), (",", nil, nil), (nil, "T", nil),
            (nil, "/1", nil),
            (nil, "T/", nil),
        ]
        for (ids, aggregate, since) in wrong {
            #expect(throws: OperationError.self) { try choice(ids, aggregate, since) }
        }
        #expect(throws: OperationError.self) {
            try ReplaySelection(ids: nil, aggregate: nil, range: TimeRange(until: 5), topic: nil)
        }
    }

    struct Place: Sendable {
        /// nil: no row; "": a row without a status.
        let status: String?
        var isInTopic = false
        var isDead = false
        var reachesBack = true
        let expected: Whereabouts.Verdict
    }

    @Test(arguments: [
        Place(status: "PUBLISHED", isInTopic: true, expected: .delivered),
        Place(status: nil, isInTopic: true, expected: .delivered),
        Place(status: "PUBLISHED", expected: .missing),
        Place(status: "PUBLISHED", reachesBack: false, expected: .publishedBeforeRetention),
        Place(status: "PENDING", expected: .waiting), Place(status: "PROCESSING", expected: .waiting),
        Place(status: "PENDING", isInTopic: true, expected: .delivered), Place(status: "FAILED", expected: .retrying),
        Place(status: "DEAD", isDead: true, expected: .dead), Place(status: "DEAD", expected: .dead),
        Place(status: "PENDING", isDead: true, expected: .dead), Place(status: nil, isDead: true, expected: .dead),
        Place(status: nil, expected: .unknown), Place(status: "", expected: .undelivered),
    ])
    func `row, topic and letters together say where an event is`(place: Place) {
        let row = place.status.map { Whereabouts.Row(status: $0.isEmpty ? nil : $0) }
        let verdict = Whereabouts.verdict(
            row: row, isInTopic: place.isInTopic, isDead: place.isDead, reachesBack: place.reachesBack)
        #expect(verdict == place.expected)
        #expect(verdict.isRight == (verdict == .delivered || verdict == .publishedBeforeRetention))
    }
}
