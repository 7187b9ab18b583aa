import Realtime
import Testing

struct EventTests {
    private func made(_ record: FakeRecord) -> RealtimeEvent? {
        var sequencer = EventSequencer(epoch: 1, start: Positions())
        guard sequencer.take(record) == .taken else { return nil }
        return sequencer.takeBatch()?.events.first
    }

    private func text(_ event: RealtimeEvent?, _ form: ClientForm) -> String? {
        event?.bytes(for: form).map { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: Routing

    struct Route: Sendable, CustomTestStringConvertible {
        let members: String
        var header: String?
        let channels: [String]
        var owner: String?
        var testDescription: String { members + (header.map { " / " + $0 } ?? "") }
    }

    @Test(arguments: [
        Route(members: "\"aggregate_type\":\"USER\",\"aggregate_id\":7,\"payload\":{}", channels: ["user:7"], owner: "7"),
        Route(
            members: "\"aggregate_type\":\"USER\",\"aggregate_id\":\"7\",\"payload\":{\"user_id\":8}", channels: ["user:7"],
            owner: "7"),
        Route(
            members: "\"aggregate_type\":\"ORDER\",\"aggregate_id\":42,\"payload\":{\"user_id\":7}",
            channels: ["user:7", "order:42"],
            owner: "7"),
        Route(members: "\"aggregate_type\":\"FLASH_SALE\",\"aggregate_id\":\"x\"", channels: ["public", "flash_sale:x"]),
        Route(members: "\"aggregate_type\":\"ORDER\",\"aggregate_id\":null", channels: ["public"]),
        Route(members: "\"payload\":{\"user_id\":null}", channels: ["public"]),
        // An id that is no name must not make it public.
        Route(members: "\"aggregate_type\":\"USER\",\"aggregate_id\":\"a@b c\"", channels: [], owner: "a@b c"),
        Route(
            members: "\"aggregate_type\":\"ORDER\",\"aggregate_id\":\"a b\",\"payload\":{\"user_id\":\"u\"}",
            channels: ["user:u"], owner: "u"),
        // Nor one that cannot be read.
        Route(
            members: "\"aggregate_type\":\"ORDER\",\"aggregate_id\":42,\"payload\":{\"user_id\":7.0}", channels: ["order:42"],
            owner: ""),
        Route(members: "\"payload\":{\"user_id\":{\"id\":7}}", channels: [], owner: ""),
        Route(members: "\"payload\":{\"user_id\":\"\"}", channels: [], owner: ""),
        Route(members: "\"aggregate_type\":\"USER\",\"aggregate_id\":[7],\"payload\":{}", channels: [], owner: ""),
        Route(members: "\"aggregate_type\":\"USER\",\"payload\":{}", channels: [], owner: ""),
        Route(members: "\"aggregate_type\":\"uSeR\",\"aggregate_id\":\"9\"", channels: ["public"]),
        Route(
            members: "\"aggregate_type\":\"ORDER\",\"aggregate_id\":42,\"payload\":{\"user_id\":7}",
            header: " a:1 ,, public,a:1,not a name,all,\tuser:9", channels: ["a:1", "public", "user:9"], owner: "7"),
        Route(members: "\"payload\":{}", header: "", channels: []),
    ])
    func `An event's channels and owner`(route: Route) {
        let event = made(
            FakeRecord(value: "{\"event_id\":\"e\",\"event_type\":\"T\",\(route.members)}", channels: route.header))
        #expect(event?.channels.map(\.text) == route.channels)
        #expect(event?.owner == route.owner)
    }

    @Test(
        arguments: [
            ("\"aggregate_type\":\"ORDER\",\"aggregate_id\":42", "k", "ORDER\u{0}42\u{0}T"),
            ("\"aggregate_type\":\"ORDER\"", "k", "k"), ("\"payload\":{}", nil, nil),
        ] as [(String, String?, String?)])
    func `The latest of a key is the latest of a type of an aggregate, or else of the record's key`(
        members: String, key: String?, expected: String?
    ) {
        let event = made(FakeRecord(value: "{\"event_id\":\"e\",\"event_type\":\"T\",\(members)}", key: key))
        #expect(event?.coalescingKey == expected)
    }

    @Test(
        arguments: [
            (nil, .tombstone), ("", .notJSON), ("{", .notJSON), ("{}x", .notJSON), ("[1]", .notAnObject), ("1", .notAnObject),
            ("{\"a\":1e999}", .notJSON), ("{\"event_type\":\"T\"}", .eventIDMissing),
            ("{\"event_id\":1,\"event_type\":\"T\"}", .eventIDMissing),
            ("{\"event_id\":\"\",\"event_type\":\"T\"}", .eventIDMissing), ("{\"event_id\":\"e\"}", .eventTypeMissing),
        ] as [(String?, RecordFault)])
    func `What is no event is named and passed over, and the cursor goes over it`(value: String?, fault: RecordFault) {
        var sequencer = EventSequencer(epoch: 1, start: Positions())
        #expect(sequencer.take(FakeRecord(partition: 1, offset: 4, value: value)) == .skipped(fault))
        #expect(sequencer.positions[1] == 5)
        #expect(sequencer.takeBatch()?.events.isEmpty == true)
    }

    @Test
    func `Events are numbered without holes, a record that comes again is nothing new`() {
        var sequencer = EventSequencer(epoch: 1, start: [0: 10])
        #expect(sequencer.takeBatch()?.restart == [0: 10] as Positions)
        #expect(sequencer.takeBatch() == nil)
        #expect(sequencer.take(.event("a", offset: 9)) == .repeated)
        #expect(sequencer.take(.event("a", offset: 10)) == .taken)
        #expect(sequencer.take(.event("a", offset: 10)) == .repeated)
        #expect(sequencer.take(FakeRecord(offset: 11)) == .skipped(.tombstone))
        #expect(sequencer.take(.event("b", partition: 3, offset: 0)) == .taken)
        sequencer.pass(partition: 0, to: 20)
        sequencer.pass(partition: 0, to: 2)
        let batch = sequencer.takeBatch()
        #expect(batch?.restart == nil)
        #expect(batch?.events.map(\.sequence) == [0, 1])
        #expect(batch?.positions == [0: 20, 3: 1] as Positions)
        sequencer.restart(at: Positions())
        #expect(sequencer.take(.event("c", offset: 0)) == .taken)
        let anew = sequencer.takeBatch()
        #expect(anew?.restart == Positions())
        #expect(anew?.events.map(\.sequence) == [2])
    }

    // MARK: Forms

    @Test
    func `The envelope is passed through byte for byte`() throws {
        let value =
            " {\"event_id\" : \"e\",\r\n\t\"event_type\":\"T\",\"payload\":{\"n\":1.10,\"s\":\"\\u00e9é\\/\"},\"payload\":{}}\n"
        let event = try #require(made(FakeRecord(partition: 2, offset: 35, value: value, channels: "a,b")))
        #expect(Array(event.envelope) == Array(value.utf8))
        var reader = MessageReader(isStream: false)
        let messages = reader.read(Array(try #require(event.bytes(for: .webSocket))))
        let cursor = try #require(messages.first?.cursor)
        #expect(messages.count == 1)
        #expect(
            messages.first?.text == "{\"type\":\"event\",\"cursor\":\"\(cursor)\",\"channels\":[\"a\",\"b\"],\"event\":\(value)}")
        #expect(try Cursor(cursor).positions == [2: 36] as Positions)
    }

    @Test(arguments: [50, 125, 126, 4_000, 65_535, 65_536, 70_000])
    func `A frame of any length is one frame`(size: Int) throws {
        let value = "{\"event_id\":\"e\",\"event_type\":\"T\",\"x\":\"\(String(repeating: "y", count: size))\"}"
        let event = try #require(made(FakeRecord(value: value)))
        var reader = MessageReader(isStream: false)
        let messages = reader.read(Array(try #require(event.bytes(for: .webSocket))))
        #expect(messages.map(\.type) == ["event"])
        #expect(messages.first?.text.hasSuffix(value + "}") == true)
    }

    @Test
    func `Line breaks inside an envelope stay inside its message`() throws {
        let value = "{\"event_id\":\"e\",\n\n\"event_type\":\r\n\"T\"\r}\n"
        let event = try #require(made(FakeRecord(value: value)))
        let message = try #require(text(event, .eventStream))
        let cursor = try #require(message.split(separator: "\n").first?.dropFirst(4))
        #expect(
            message
                == "id: \(cursor)\ndata: {\"event_id\":\"e\",\ndata: \ndata: \"event_type\":\ndata: \"T\"\ndata: }\ndata: \n\n")
    }

    @Test(
        arguments: [
            ("COUPON_ISSUED", "coupon-issued"), ("ORDER_COMPLETED", "order-completed"),
            ("PAYMENT_COMPLETED", "payment-completed"),
            ("NOTIFICATION", "notification"), ("ORDER_PAID", nil),
        ] as [(String, String?)])
    func `A user's stream has named events with id, name, message and timestamp`(type: String, name: String?) {
        let value =
            "{\"event_id\":\"e\\\"1\",\"occurred_at\":\"2026-01-01T00:00:00Z\",\"event_type\":\"\(type)\",\"payload\":"
            + "{\"message\":\"a \\n \\\"b\\\"\",\"timestamp\":\"2026-01-02T03:04:05Z\"}}"
        let text = text(made(FakeRecord(value: value)), .userStream)
        #expect((text == nil) == (name == nil))
        guard let name, let text else { return }
        #expect(text.hasPrefix("event: \(name)\nid: 1.1."))
        #expect(
            text.hasSuffix(
                "\ndata: {\"id\":\"e\\\"1\",\"name\":\"\(name)\",\"message\":\"a \\u000a \\\"b\\\"\",\"timestamp\":\"2026-01-02T03:04:05Z\"}\n\n"
            ))
    }

    @Test
    func `Without a message or a time of its own the event's are used`() {
        let value = "{\"event_id\":\"e\",\"occurred_at\":\"2026-01-01T00:00:00Z\",\"event_type\":\"NOTIFICATION\"}"
        let text = text(made(FakeRecord(value: value)), .userStream)
        #expect(text?.hasSuffix("\"message\":\"\",\"timestamp\":\"2026-01-01T00:00:00Z\"}\n\n") == true)
    }

    @Test
    func `Both spellings of a cancelled order are one type`() {
        let record = FakeRecord.event("e", offset: 0, type: "ORDER_CANCELED")
        #expect(made(record)?.eventType == "ORDER_CANCELLED")
        #expect(EventTypes(["ORDER_CANCELED"]) == EventTypes(["ORDER_CANCELLED"]))
    }
}
