import Foundation
import OutboxModel
import Testing

struct PayloadTests {
    static let text: UInt32 = 25
    static let bytea: UInt32 = 17

    static let valid = [
        "{}", "[]", "null", "true", "false", "0", "-0", "1.5e+10", "1E-2", "\"\"", "\"a\\u00e9\\ud834\\udd1e\\/\\b\"", " { } ",
        "[1,2,[3,{\"a\":[]}],\"é\"]", "\t\n\r{\"a\" : 1 , \"b\":{\"c\":null}}\n", "\"\\u0000\"", "{\"\":\"\"}",
        "[" + String(repeating: "[", count: 499) + String(repeating: "]", count: 499) + "]",
        "\"" + String(repeating: "long run of plain text ", count: 20) + "\"",
    ]

    static let invalid = [
        "", " ", "{", "}", "[", "]", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:2}", "'a'", "nul", "nulll",
        "True", "01", "-", "1.", ".5", "1e", "1e+", "+1", "NaN", "\"", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
        "\"\\ud834\"",
        "\"\\udd1e\"", "\"\\ud834\\u0041\"", "\"\\ud834x\"", "\"\n\"", "\"\u{1}\"", "{} {}", "[}", "{]", "[1}", "{\"a\":1]",
        "1 2", "\u{FEFF}{}",
        String(repeating: "[", count: 501) + String(repeating: "]", count: 501), String(repeating: "[", count: 100_000),
        "\\x7b7d",
    ]

    @Test(arguments: valid)
    func `JSON in a text column passes as it came`(json: String) throws {
        let message = try TestOutcome(.order.with([.payload: json]).with(payloadType: Self.text)).message
        #expect(try #require(message.text).contains(#""payload":\#(json),"version""#))
        #expect(try !message.object().isEmpty)
    }

    @Test(arguments: invalid)
    func `what is not JSON stays out of the envelope`(json: String) throws {
        let row = TestRow.order.with([.payload: json]).with(payloadType: Self.text)
        #expect(try TestOutcome(row).code == .payloadInvalid)
        #expect(try TestOutcome(row, format: .cloudevents).code == .payloadInvalid)
        #expect(try TestOutcome(row, format: .payload).message.text == json)
    }

    @Test(arguments: valid)
    func `JSON in a bytea is decoded`(json: String) throws {
        let hexadecimal = "\\x" + json.utf8.map { String(format: "%02x", $0) }.joined()
        let row = TestRow.order.with([.payload: hexadecimal]).with(payloadType: Self.bytea)
        #expect(try #require(try TestOutcome(row).message.text).contains(#""payload":\#(json),"version""#))
        #expect(try TestOutcome(row, format: .payload).message.text == json)
    }

    @Test func `any bytes of a bytea are a payload of their own`() throws {
        let row = TestRow.order.with([.payload: "\\x00fFAb80"]).with(payloadType: Self.bytea)
        #expect(try TestOutcome(row, format: .payload).message.value == [0, 0xFF, 0xAB, 0x80])
        #expect(try TestOutcome(row).code == .payloadInvalid)
        let empty = TestRow.order.with([.payload: "\\x"]).with(payloadType: Self.bytea)
        #expect(try TestOutcome(empty, format: .payload).message.value == [])
    }

    @Test(arguments: ["", "\\", "x00", "\\x0", "\\x0g", "\\000", "\\X00"])
    func `a bytea in another form is rejected`(text: String) throws {
        let row = TestRow.order.with([.payload: text]).with(payloadType: Self.bytea)
        for format in MessageFormat.allCases {
            #expect(try TestOutcome(row, format: format).code == .payloadInvalid)
        }
    }

    @Test(arguments: [114, 3802] as [UInt32])
    func `json and jsonb are trusted`(type: UInt32) throws {
        let row = TestRow.order.with([.payload: #"{"a":  1}"#]).with(payloadType: type)
        #expect(try #require(try TestOutcome(row).message.text).contains(#""payload":{"a":  1},"version""#))
    }

    @Test func `without a payload there is a tombstone or nothing`() throws {
        let row = TestRow.order.with([.payload: nil])
        #expect(try TestOutcome(row, format: .payload).message.value == nil)
        #expect(try TestOutcome(row, format: .debezium).message.value == nil)
        #expect(try TestOutcome(row, format: .envelope).code == .payloadMissing)
        #expect(try TestOutcome(row, format: .cloudevents).message.object()["data"] == nil)
    }

    @Test func `the Event Router's form has the id as its one header`() throws {
        let message = try TestOutcome(.order.with([.headers: #"{"id": "x", "event_id": "mine"}"#]), format: .debezium).message
        #expect(message.text == #"{"order_id": 42, "total": 1.50}"#)
        #expect(message.headers.map(\.name) == ["id", "event_id"])
        #expect(message.headers.map(\.value) == ["7d0b4b0e-7a6f-4a0e-9f4e-3f1d2a6d8c11", "mine"])
        #expect(message.eventID == message[header: "id"])
    }

    @Test func `a CloudEvent has its attributes`() throws {
        let message = try TestOutcome(.order, format: .cloudevents).message
        #expect(
            message.text
                == #"{"specversion":"1.0","id":"7d0b4b0e-7a6f-4a0e-9f4e-3f1d2a6d8c11","source":"outbox-relay","#
                + #""type":"ORDER_PAID","subject":"42","time":"2026-01-02T03:04:05.123456Z","#
                + #""datacontenttype":"application/json","data":{"order_id": 42, "total": 1.50}}"#)
        #expect(message[header: "content-type"] == "application/cloudevents+json; charset=UTF-8")
        #expect(try TestOutcome(.order.with([.eventType: ""]), format: .cloudevents).code == .eventTypeMissing)
        #expect(try TestOutcome(.order.with([.aggregateID: ""]), format: .cloudevents).message.object()["subject"] == nil)
    }
}
