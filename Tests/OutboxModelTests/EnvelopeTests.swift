import Foundation
import OutboxModel
import PgOutput
import Testing

struct EnvelopeTests {
    @Test func `the envelope's text is exact`() throws {
        let message = try TestOutcome(.order).message
        #expect(
            message.text
                == #"{"event_id":"7d0b4b0e-7a6f-4a0e-9f4e-3f1d2a6d8c11","occurred_at":"2026-01-02T03:04:05.123456Z","#
                + #""aggregate_type":"ORDER","aggregate_id":42,"event_type":"ORDER_PAID","#
                + #""payload":{"order_id": 42, "total": 1.50},"version":1}"#)
        #expect(message.topic == "order.events")
        #expect(message.keyText == "42")
        #expect(message.eventID == "7d0b4b0e-7a6f-4a0e-9f4e-3f1d2a6d8c11")
        #expect(message.headers.map(\.name) == ["event_id", "event_type", "aggregate_type"])
        #expect(message.headers.map(\.value) == [message.eventID, "ORDER_PAID", "ORDER"])
        let headerBytes = message.headers.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.utf8.count ?? 0) + 3 }
        #expect(message.encodedSize == 2 + (message.value?.count ?? 0) + headerBytes + 36)
    }

    @Test func `columns that are NULL or absent have their defaults`() throws {
        let nulls = TestRow.order.with([.aggregateType: nil, .eventType: nil, .createdAt: nil, .version: nil, .headers: nil])
        var absent = nulls
        for role in [ColumnRole.aggregateType, .eventType, .createdAt, .version, .headers] { absent = absent.without(role) }
        for row in [nulls, absent] {
            let message = try TestOutcome(row, commitTime: 1_767_323_045_000_007).message
            #expect(
                message.text
                    == #"{"event_id":"7d0b4b0e-7a6f-4a0e-9f4e-3f1d2a6d8c11","occurred_at":"2026-01-02T03:04:05.000007Z","#
                    + #""aggregate_type":"","aggregate_id":42,"event_type":"","#
                    + #""payload":{"order_id": 42, "total": 1.50},"version":1}"#)
            #expect(message[header: "event_type"] == "")
        }
    }

    @Test(arguments: [
        "0", "1", "42", "-1", "9007199254740993", "999999999999999999", "9223372036854775807", "-9223372036854775808",
    ])
    func `an integer id is a number`(id: String) throws {
        let text = try #require(try TestOutcome(.order.with([.aggregateID: id])).message.text)
        #expect(text.contains(#""aggregate_id":\#(id),"#))
    }

    @Test(arguments: [
        "", "-", "-0", "00", "007", "-01", "+1", "1.0", "1e3", " 1", "1 ", "0x1", "9223372036854775808",
        "-9223372036854775809", "18446744073709551616", "99999999999999999999", "1\u{0}", "٣", "a-b",
    ])
    func `anything else is a string`(id: String) throws {
        let message = try TestOutcome(.order.with([.aggregateID: id])).message
        #expect(try message.object()["aggregate_id"] as? String == id)
        #expect(message.keyText == id)
    }

    @Test func `every character survives`() throws {
        var texts = (0..<0x80).map { String(UnicodeScalar(UInt8($0))) }
        texts += [
            "é", "€", "𝄞", "한국어 텍스트", "\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}", "\u{D7FF}\u{E000}", "quo\"te\\back/slash",
        ]
        // Every place in and around the eight-byte words.
        for length in 0..<40 {
            for special in ["\"", "\\", "\u{1}", "é", "𝄞", "\u{7F}", " "] {
                for place in stride(from: 0, through: length, by: 3) {
                    texts.append(String(repeating: "x", count: place) + special + String(repeating: "y", count: length - place))
                }
            }
        }
        for text in texts {
            let message = try TestOutcome(.order.with([.eventType: text, .id: text, .aggregateType: text])).message
            let object = try message.object()
            #expect(object["event_type"] as? String == text)
            #expect(object["event_id"] as? String == text)
            #expect(object["aggregate_type"] as? String == text)
            #expect(message[header: "event_type"] == text)
        }
    }

    @Test func `control characters are escaped as JSON has it`() throws {
        let text = try #require(
            try TestOutcome(.order.with([.eventType: "\u{0}\u{8}\t\n\u{B}\u{C}\r\u{1F}\"\\/\u{7F}"])).message.text)
        #expect(text.contains("\"event_type\":\"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\\\"\\\\/\u{7F}\""))
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x9F, 0xBF], [0xE2, 0x82], [0xED, 0xA0, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF],
            [0xE2, 0x28, 0xA1], [0xF0, 0x9F, 0x28, 0x80],
        ] as [[UInt8]])
    func `text that is not UTF-8 is rejected`(bytes: [UInt8]) throws {
        for role in [ColumnRole.id, .aggregateType, .aggregateID, .eventType, .version] {
            #expect(try TestOutcome(.order.with(role, bytes: bytes)).code == .textInvalid)
            #expect(try TestOutcome(.order.with(role, bytes: Array("12345678".utf8) + bytes)).code == .textInvalid)
            #expect(try TestOutcome(.order.with(role, bytes: bytes + Array("12345678".utf8))).code == .textInvalid)
        }
    }

    @Test(
        arguments: [
            (.id, nil, .idMissing), (.id, "", .idMissing), (.aggregateID, nil, .aggregateIDMissing),
            (.payload, nil, .payloadMissing), (.createdAt, "yesterday", .createdAtInvalid), (.createdAt, "", .createdAtInvalid),
        ] as [(ColumnRole, String?, RejectionCode)])
    func `what no event can be without is rejected`(role: ColumnRole, value: String?, code: RejectionCode) throws {
        #expect(try TestOutcome(.order.with([role: value])).code == code)
    }

    @Test(arguments: [(nil, "42"), ("", "42"), ("p", "p"), ("0042", "0042")] as [(String?, String)])
    func `the key is the partition key, else the aggregate id`(partitionKey: String?, key: String) throws {
        #expect(try TestOutcome(.order.with([.partitionKey: partitionKey])).message.keyText == key)
        #expect(try TestOutcome(.order.without(.partitionKey)).message.keyText == "42")
    }

    @Test func `a version that is no integer is a string`() throws {
        #expect(try TestOutcome(.order.with([.version: "7"])).message.object()["version"] as? Int == 7)
        #expect(try TestOutcome(.order.with([.version: "v2"])).message.object()["version"] as? String == "v2")
    }

    @Test func `a tuple that does not fit is rejected`() throws {
        let row = TestRow.order
        let map = try row.map()
        var encoder = EventEncoder(format: .envelope, routing: try RoutingPolicy(defaultTopic: nil, deadLetterTopic: "d"))
        let fields = row.tuple.fields
        let damaged = [
            [], Array(fields.dropLast()), fields + [.null],
            fields.map { _ in TupleData.Field(kind: .unchanged) },
            fields.map { _ in TupleData.Field(kind: .binary, start: 0, count: 1) },
            fields.map { _ in TupleData.Field(kind: .text, start: 0, count: row.bytes.count + 1) },
            fields.map { _ in TupleData.Field(kind: .text, start: -1, count: 1) },
            fields.map { _ in TupleData.Field(kind: .text, start: 1, count: -1) },
            fields.map { _ in TupleData.Field(kind: .text, start: .max, count: .max) },
        ]
        for fields in damaged {
            let outcome = encoder.encode(TupleData(fields: fields), in: row.bytes.span.bytes, map: map, commitTime: 0)
            guard case .rejected(let rejection) = outcome else { throw Unexpected() }
            #expect(rejection.code == .tupleMismatch)
        }
    }

    @Test func `an encoder forgets the event before`() throws {
        let routing = try RoutingPolicy(defaultTopic: "d", deadLetterTopic: "dead")
        var encoder = EventEncoder(format: .envelope, routing: routing)
        let rich = TestRow.order.with([.headers: #"{"a": "1", "b": "2"}"#])
        let large = TestRow.order.with([.payload: "\"" + String(repeating: "x", count: 3_000_000) + "\""])
        for row in [rich, .order, large, .order, .order.with([.createdAt: "bad"]), .order] {
            let outcome = encoder.encode(row.tuple, in: row.bytes.span.bytes, map: try row.map(), commitTime: 0)
            guard case .event(let event) = outcome else { continue }
            let message = TestMessage(event, of: encoder)
            let alone = try TestOutcome(row).message
            #expect(message.value == alone.value)
            #expect(message.headers == alone.headers)
            #expect(message.encodedSize == alone.encodedSize)
        }
    }
}
