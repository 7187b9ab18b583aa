import ConsumerKit
import Kafka
import Testing

struct EventDecoderTests {
    private static let decoder = EventDecoder(eventTypes: ["ORDER_PAID", "ORDER_CANCELLED"])

    private static func record(_ value: String?, headers: [(name: String, value: [UInt8]?)] = []) -> Record {
        Record(
            topic: "order.events", partition: 2, offset: 7, timestampMilliseconds: 5, key: Array("42".utf8),
            value: value.map { Array($0.utf8) }, headers: headers)
    }

    private static func envelope(
        id: String = "\"0AF7651c-1111-4222-8333-abcdefABCDEF\"", at: String = "\"2026-01-02T03:04:05.123456Z\"",
        aggregate: String = "42", type: String = "\"ORDER_PAID\"", payload: String = "{\"a\":1}", version: String = "1"
    ) -> String {
        """
        {"event_id":\(id),"occurred_at":\(at),"aggregate_type":"ORDER","aggregate_id":\(aggregate),"event_type":\(type),\
        "payload":\(payload),"version":\(version)}
        """
    }

    @Test
    func `An envelope becomes an event with its place`() throws {
        let trace: [(name: String, value: [UInt8]?)] = [("traceparent", Array("00-ab-cd-01".utf8))]
        guard case .event(let event) = Self.decoder.decode(Self.record(Self.envelope(), headers: trace)) else {
            Issue.record("no event")
            return
        }
        #expect(event.id == "0af7651c-1111-4222-8333-abcdefabcdef")
        #expect(event.occurredAt == 1_767_323_045_123_456)
        #expect(event.aggregateID == "42" && event.aggregateType == "ORDER" && event.version == 1)
        #expect(event.place == TopicPartition("order.events", 2) && event.offset == 7 && event.key == Array("42".utf8))
        #expect(try event.payload.integer("a") == 1)
        #expect(event.traceparent == "00-ab-cd-01")
    }

    @Test
    func `A cancelled order is one type in both spellings`() {
        for type in ["ORDER_CANCELED", "ORDER_CANCELLED"] {
            guard case .event(let event) = Self.decoder.decode(Self.record(Self.envelope(type: "\"\(type)\""))) else {
                Issue.record("no event")
                continue
            }
            #expect(event.eventType == "ORDER_CANCELLED")
        }
    }

    @Test(arguments: [
        ("\"2026-01-02T03:04:05Z\"", 1_767_323_045_000_000), ("\"2026-01-02T03:04:05.1Z\"", 1_767_323_045_100_000),
        ("\"2026-01-02T03:04:05.123456789Z\"", 1_767_323_045_123_456), ("\"2026-01-02 03:04:05+00\"", 1_767_323_045_000_000),
        ("\"2026-01-02T05:04:05+02:00\"", 1_767_323_045_000_000), ("\"2026-01-01T21:34:05-0530\"", 1_767_323_045_000_000),
        ("\"1969-12-31T23:59:59.999999Z\"", -1), ("\"2024-02-29T00:00:00Z\"", 1_709_164_800_000_000),
    ])
    func `Instants of several spellings are read to the microsecond`(text: String, expected: Int64) {
        guard case .event(let event) = Self.decoder.decode(Self.record(Self.envelope(at: text))) else {
            Issue.record("no event for \(text)")
            return
        }
        #expect(event.occurredAt == expected)
    }

    @Test(
        arguments: [
            (nil, "tombstone"), ("", "empty"), ("nonsense", "no JSON"), ("[1]", "no object"), ("{}", "event_id is missing"),
            ("{\"order_id\":1}", "format=payload"), (envelope(id: "\"abc\""), "no UUID"), (envelope(id: "7"), "no UUID"),
            (envelope(id: "\"0af7651c-1111-4222-8333-abcdefabcdeg\""), "no UUID"), (envelope(at: "\"yesterday\""), "occurred_at"),
            (envelope(at: "\"2026-02-30T00:00:00Z\""), "occurred_at"), (envelope(at: "\"2026-01-02T03:04:05\""), "occurred_at"),
            (envelope(at: "17"), "occurred_at"), (envelope(aggregate: "true"), "aggregate_id"),
            (envelope(aggregate: "null"), "aggregate_id"),
            (envelope(aggregate: "\"\""), "aggregate_id"), (envelope(type: "\"\""), "event_type"),
            (envelope(type: "null"), "event_type"),
            (envelope(payload: "[]"), "payload"), (envelope(payload: "null"), "payload"), (envelope(version: "\"x\""), "version"),
            ("{\"event_id\":", "no JSON"), (String(repeating: "[", count: 5_000), "no JSON"),
        ] as [(String?, String)])
    func `What is no event has a reason that names the fault and no value`(value: String?, fault: String) {
        guard case .undecodable(let reason, _) = Self.decoder.decode(Self.record(value)) else {
            Issue.record("\(value ?? "nil") was decoded")
            return
        }
        #expect(reason.contains(fault), "\(reason)")
    }

    @Test
    func `Types that are not handled are passed over, by the header without a look at the value`() {
        let header: [(name: String, value: [UInt8]?)] = [("event_type", Array("OTHER".utf8))]
        guard case .passedOver = Self.decoder.decode(Self.record("nonsense", headers: header)) else {
            Issue.record("not passed over by its header")
            return
        }
        guard case .passedOver = Self.decoder.decode(Self.record(Self.envelope(type: "\"OTHER\""))) else {
            Issue.record("not passed over by its envelope")
            return
        }
    }

    @Test
    func `An undecodable record keeps the event id of its header`() {
        let header: [(name: String, value: [UInt8]?)] = [("event_id", Array("0AF7651C-1111-4222-8333-ABCDEFABCDEF".utf8))]
        guard case .undecodable(_, let id) = Self.decoder.decode(Self.record("x", headers: header)) else {
            Issue.record("it was decoded")
            return
        }
        #expect(id == "0af7651c-1111-4222-8333-abcdefabcdef")
    }

    @Test
    func `No bytes trap it`() {
        var random = SeededRandom(7)
        let good = Array(Self.envelope().utf8)
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0..<random.next(below: 6) {
                bytes[random.next(below: bytes.count)] = UInt8(truncatingIfNeeded: random.next())
            }
            bytes.removeLast(random.next(below: bytes.count))
            let record = Record(
                topic: "t", partition: 0, offset: 0, timestampMilliseconds: nil, key: nil, value: bytes, headers: [])
            _ = Self.decoder.decode(record)
        }
    }
}
