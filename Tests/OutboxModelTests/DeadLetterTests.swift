import ByteCoding
import OutboxModel
import PgOutput
import Testing

struct DeadLetterTests {
    private func deadLetter(_ row: TestRow, defaultTopic: String? = nil, maximumSize: Int = .max) throws -> TestMessage {
        var encoder = EventEncoder(
            format: .envelope, routing: try RoutingPolicy(defaultTopic: defaultTopic, prefix: "p.", deadLetterTopic: "dead"))
        let outcome = encoder.encode(row.tuple, in: row.bytes.span.bytes, map: try row.map(), commitTime: 0)
        let rejection =
            if case .rejected(let rejection) = outcome { rejection } else { Rejection(.messageTooLarge, "too large") }
        let event = encoder.encodeDeadLetter(
            row.tuple, in: row.bytes.span.bytes, map: try row.map(), rejection: rejection,
            lsn: LSN(rawValue: 0x16_B374_D848), failedAt: 1_767_323_045_000_000, maximumSize: maximumSize)
        return TestMessage(event, of: encoder)
    }

    @Test func `it has key, payload and every reason`() throws {
        let row = TestRow.order.with([.createdAt: "infinity", .headers: #"{"traceparent": "00-1", "outbox_lsn": "forged"}"#])
        let letter = try deadLetter(row)
        #expect(letter.topic == "dead")
        #expect(letter.keyText == "42")
        #expect(letter.value == row.values[.payload])
        #expect(letter.eventID == "7d0b4b0e-7a6f-4a0e-9f4e-3f1d2a6d8c11")
        #expect(
            letter.headers == [
                .init(name: "traceparent", value: "00-1"), .init(name: "event_id", value: letter.eventID),
                .init(name: "event_type", value: "ORDER_PAID"), .init(name: "aggregate_type", value: "ORDER"),
                .init(name: "outbox_error_reason", value: "created_at_invalid"),
                .init(name: "outbox_error_message", value: "created_at is not a time of the years 1 to 9999"),
                .init(name: "outbox_original_topic", value: "p.order.events"),
                .init(name: "outbox_lsn", value: "16/B374D848"), .init(name: "outbox_event_id", value: letter.eventID),
                .init(name: "outbox_failed_at", value: "2026-01-02T03:04:05.000000Z"),
            ])
        let headerBytes = letter.headers.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.utf8.count ?? 0) + 3 }
        #expect(letter.encodedSize == 2 + (letter.value?.count ?? 0) + headerBytes + 36)
    }

    @Test func `what a row has not is left out`() throws {
        let letter = try deadLetter(TestRow([:]))
        #expect(letter.key == nil)
        #expect(letter.value == nil)
        #expect(letter.eventID == "")
        #expect(
            letter.headers.map(\.name) == [
                "outbox_error_reason", "outbox_error_message", "outbox_lsn", "outbox_failed_at",
            ])
        #expect(letter[header: "outbox_error_reason"] == "id_missing")
    }

    @Test func `headers that cannot be read are left out whole`() throws {
        let letter = try deadLetter(TestRow.order.with([.headers: #"{"a": "1", "b": }"#]))
        #expect(letter[header: "outbox_error_reason"] == "headers_invalid")
        #expect(letter[header: "a"] == nil)
        #expect(letter.headers.first?.name == "event_id")
    }

    @Test func `bytes that are no text pass as they came`() throws {
        let row = TestRow.order.with(.eventType, bytes: [0xFF, 0x41]).with(.payload, bytes: [0xFF, 0x00, 0x22])
        let letter = try deadLetter(row)
        #expect(letter.value == [0xFF, 0x00, 0x22])
        #expect(letter[header: "event_type"] == "\u{FFFD}A")
    }

    @Test func `too large a dead letter loses what makes it large`() throws {
        let large = TestRow.order.with([
            .payload: "\"" + String(repeating: "x", count: 5000) + "\"",
            .headers: "{\"h\": \"" + String(repeating: "h", count: 3000) + "\"}",
            .partitionKey: String(repeating: "k", count: 2000), .eventType: String(repeating: "é", count: 2000),
        ])
        let whole = try deadLetter(large)
        #expect(whole.value?.count == 5002)
        #expect(whole[header: "event_type"] == String(repeating: "é", count: 512))
        let withoutValue = try deadLetter(large, maximumSize: whole.encodedSize - 1)
        #expect(withoutValue.value == nil)
        #expect(withoutValue[header: "outbox_omitted_payload_bytes"] == "5002")
        #expect(withoutValue[header: "h"]?.utf8.count == 3000)
        #expect(withoutValue.keyText?.utf8.count == 2000)
        let withoutHeaders = try deadLetter(large, maximumSize: withoutValue.encodedSize - 1)
        #expect(withoutHeaders[header: "h"] == nil)
        #expect(withoutHeaders.key != nil)
        let withoutKey = try deadLetter(large, maximumSize: withoutHeaders.encodedSize - 1)
        #expect(withoutKey.key == nil)
        #expect(try deadLetter(large, maximumSize: 0).encodedSize == withoutKey.encodedSize)
    }

    @Test func `the names of the headers are those documented`() {
        #expect(
            DeadLetterHeader.allCases.map(\.rawValue) == [
                "outbox_error_reason", "outbox_error_message", "outbox_original_topic", "outbox_lsn", "outbox_event_id",
                "outbox_failed_at", "outbox_omitted_payload_bytes",
            ])
    }
}
