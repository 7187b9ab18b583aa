import ConsumerKit
import ConsumerOperations
import RelayOperations
import Testing

struct LetterSelectionTests {
    @Test(arguments: [
        ("order.events/3:1042", RecordPlace(topic: "order.events", partition: 3, offset: 1042)),
        ("a/0:0", RecordPlace(topic: "a", partition: 0, offset: 0)),
        // Of a topic that was made anew since.
        ("a/0:-9", RecordPlace(topic: "a", partition: 0, offset: -9)),
        ("a/0", nil), ("a/0:", nil), ("/0:1", nil), ("a/-1:1", nil), ("a/b/0:1", nil), ("a/0:1:2", nil),
        ("00000000-0000-4000-8000-000000000001", nil), ("", nil),
    ])
    func `a place is a topic, a partition and an offset`(text: String, place: RecordPlace?) {
        #expect(RecordPlace(text) == place)
        if let place { #expect(place.description == text) }
    }

    @Test func `nothing chosen is no choice, and everything chosen has to hold`() {
        #expect(LetterSelection().isEmpty)
        for chosen in [
            LetterSelection(words: ["a/0:1"]), LetterSelection(reason: "x"), LetterSelection(kind: .unknown),
            LetterSelection(topic: "t"), LetterSelection(range: TimeRange(since: 1)), LetterSelection(isAll: true),
        ] {
            #expect(!chosen.isEmpty)
        }
        let (sql, parameters) = LetterSelection(
            words: ["a/0:1", "ABC"], reason: "x", kind: .rejected, topic: "t", range: TimeRange(since: 1, until: 2)
        ).condition(consumer: "stock")
        #expect(parameters.count == 10)
        #expect(sql.hasPrefix("consumer_name = $1 AND ((topic, partition_number, record_offset) IN"))
        #expect(sql.contains(" OR event_id::text = ANY ($5::text[])) AND position($6 IN reason) > 0 AND error_class = $7"))
        #expect(sql.contains("topic = $8 AND failed_at >= ") && sql.contains("$9::bigint AND failed_at < "))
    }

    @Test func `a choice keeps the open ones in their order, and says what it leaves out`() {
        var choice = LetterChoice()
        for offset in 0..<4 { choice.add(RecordPlace(topic: "t", partition: 0, offset: Int64(offset)), state: "open") }
        choice.add(RecordPlace(topic: "t", partition: 0, offset: 9), state: "retried")
        choice.add(RecordPlace(topic: "t", partition: 0, offset: 10), state: "discarded")
        choice.limit(to: 3)
        #expect(choice.open.map(\.offset) == [0, 1, 2])
        #expect(choice.notes(for: "retried").count == 2)
        #expect(LetterChoice().notes(for: "retried") == ["no open letter is among the chosen ones: none will be retried"])
    }

    @Test func `what is refused or held is told and fails, what somebody else did does not`() {
        let place = RecordPlace(topic: "t", partition: 0, offset: 1)
        var fates = LetterFates()
        #expect(fates.text(isStopped: false) == "nothing was done")
        fates.add(place, eventID: "e", isParked: false, .applied)
        fates.add(place, eventID: nil, isParked: false, .gone)
        fates.add(place, eventID: "f", isParked: true, .duplicate)
        #expect(!fates.isFailed)
        fates.add(place, eventID: "g", isParked: true, .refused("no\u{1B}[2J"))
        #expect(fates.isFailed)
        #expect(
            fates.text(isStopped: true).hasPrefix(
                "letters: 1 applied, 1 dealt with by somebody else; parked events: 1 known already, 1 refused; then stopped"))
        #expect(!fates.text(isStopped: true).contains("\u{1B}"))
        var held = LetterFates()
        held.add(place, eventID: nil, isParked: false, .held(by: place))
        #expect(held.isFailed && held.text(isStopped: false).contains("t/0:1 of its key is open"))
        #expect(LetterFates.Fate(.failed(.unknown, reason: "x")) == nil)
        #expect(LetterFates.Fate(.rejected(reason: "x")) == .refused("x"))
    }

    @Test func `bytes are text where they are, else hexadecimal digits`() {
        #expect(LetterText.shown(Array("Grüße".utf8)) == "Grüße")
        #expect(LetterText.shown([0xFF, 0x00, 0x1A]) == "0xff001a")
        #expect(LetterText.shown([]).isEmpty)
    }
}
