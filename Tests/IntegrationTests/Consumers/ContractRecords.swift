import ConsumerKit
import Consumers
import Drills
import Kafka

/// What is put into Kafka for the contract suite: every event twice, keys mixed up among each other, poison between them.
struct ContractRecords {
    struct Entry {
        let topic: String
        let key: String?
        let value: String?
        var headers: [(name: String, value: [UInt8]?)] = []
    }

    private(set) var entries: [Entry] = []
    /// How many of them no consumer can use.
    private(set) var poisonCount = 0

    /// Event ids of poison begin with this.
    static let poisonPrefix = "dead0000-"

    /// - Parameter definition: its topics get poison, of its event types.
    init(_ events: [ConsumedEvent], for definition: ConsumerDefinition, seed: UInt64) {
        var random = XorShift(seed: seed)
        var streams = Self.twice(events, &random)
        while !streams.isEmpty {
            let chosen = random.below(streams.count)
            entries.append(Self.entry(streams[chosen].removeFirst()))
            if streams[chosen].isEmpty { streams.swapAt(chosen, streams.count - 1); streams.removeLast() }
        }
        for (index, topic) in definition.topics.enumerated() {
            let poison = Self.poison(topic, type: definition.eventTypes.sorted().first ?? "", number: 100 * index)
            poisonCount += poison.count
            for entry in poison + Self.strangers(topic) { entries.insert(entry, at: random.below(entries.count + 1)) }
        }
    }

    /// The events of each key, in their order, and each of them once more: in blocks that come again, as a publisher repeats them.
    private static func twice(_ events: [ConsumedEvent], _ random: inout XorShift) -> [ArraySlice<ConsumedEvent>] {
        var keys: [String] = []
        var byKey: [String: [ConsumedEvent]] = [:]
        for event in events {
            let key = "\(event.place.topic) \(event.aggregateID)"
            if byKey[key] == nil { keys.append(key) }
            byKey[key, default: []].append(event)
        }
        return keys.map { key in
            var stream: [ConsumedEvent] = []
            var block: [ConsumedEvent] = []
            for event in byKey[key] ?? [] {
                stream.append(event)
                block.append(event)
                guard random.below(3) == 0 else { continue }
                stream += block
                block = []
            }
            return (stream + block)[...]
        }
    }

    private static func entry(_ event: ConsumedEvent) -> Entry {
        // Both spellings are one type.
        let type = event.eventType == "ORDER_CANCELLED" && event.offset % 2 == 0 ? "ORDER_CANCELED" : event.eventType
        return Entry(
            topic: event.place.topic, key: event.aggregateID,
            value: envelope(
                id: event.id, type: type, aggregate: (event.aggregateType, event.aggregateID), payload: event.payload.text,
                occurredAt: InstantText.milliseconds(event.occurredAt)),
            headers: [("event_id", Array(event.id.utf8)), ("event_type", Array(type.utf8))])
    }

    private static func envelope(
        id: String, type: String, aggregate: (type: String, id: String) = ("T", "x"), payload: String = "{}",
        occurredAt: String = "2026-03-01T00:00:00Z"
    ) -> String {
        #"{"event_id":"\#(id)","occurred_at":"\#(occurredAt)","aggregate_type":"\#(aggregate.type)","#
            + #""aggregate_id":"\#(aggregate.id)","event_type":"\#(type)","payload":\#(payload),"version":1}"#
    }

    /// Each is one dead letter. Keys of their own, so that a consumer whose later events wait holds nobody else up.
    private static func poison(_ topic: String, type: String, number: Int) -> [Entry] {
        func id(_ offset: Int) -> String { "\(poisonPrefix)0000-4000-8000-000000000\(100 + number + offset)" }
        let values: [String?] = [
            nil, "", "no JSON {", "[1,2]", "7", "{}", envelope(id: "no-uuid", type: type), envelope(id: id(0), type: ""),
            envelope(id: id(1), type: type, payload: "\"text\""), envelope(id: id(2), type: type, occurredAt: "yesterday"),
            #"{"event_id":"\#(id(3))","occurred_at":"2026-03-01T00:00:00Z","event_type":"\#(type)","aggregate_id":"1"}"#,
            // Well-formed, but for the consumer everything is missing.
            envelope(id: id(4), type: type),
            envelope(id: id(5), type: type, payload: #"{"order_id":"x","product_id":"x","coupon_id":[],"flash_sale_id":{}}"#),
        ]
        return values.enumerated().map { Entry(topic: topic, key: "poison \(number + $0.offset)", value: $0.element) }
    }

    /// Events of types that the consumer does not know are nobody's fault.
    private static func strangers(_ topic: String) -> [Entry] {
        let type = "SOMETHING_ELSE"
        return [
            Entry(topic: topic, key: "1", value: envelope(id: "00000000-0000-4000-9000-000000000001", type: type)),
            Entry(topic: topic, key: "2", value: "whatever", headers: [("event_type", Array(type.utf8))]),
            Entry(topic: topic, key: nil, value: envelope(id: "00000000-0000-4000-9000-000000000002", type: type)),
        ]
    }
}
