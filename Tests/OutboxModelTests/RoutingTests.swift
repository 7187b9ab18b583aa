import OutboxModel
import PgOutput
import Testing

struct RoutingTests {
    private func topic(
        _ changes: [ColumnRole: String?], defaultTopic: String? = "default.events", prefix: String = "", pattern: String? = nil
    ) throws -> String {
        let routing = try RoutingPolicy(
            defaultTopic: defaultTopic, prefix: prefix, deadLetterTopic: "deadletter.events", pattern: pattern)
        switch try TestOutcome(.order.with(changes), routing: routing) {
        case .message(let message): return message.topic ?? "none"
        case .rejected(let rejection): return rejection.code.rawValue
        }
    }

    @Test func `column, then pattern, then default`() throws {
        let pattern = "outbox.event.${aggregate_type}-${event_type}"
        #expect(try topic([:]) == "order.events")
        #expect(try topic([:], prefix: "prod.", pattern: pattern) == "prod.order.events")
        #expect(try topic([.topic: nil], prefix: "prod.", pattern: pattern) == "prod.outbox.event.ORDER-ORDER_PAID")
        #expect(try topic([.topic: ""], prefix: "prod.", pattern: pattern) == "prod.outbox.event.ORDER-ORDER_PAID")
        #expect(try topic([.topic: nil, .eventType: nil], prefix: "prod.", pattern: pattern) == "prod.default.events")
        #expect(try topic([.topic: nil], prefix: "prod.") == "prod.default.events")
        #expect(try topic([.topic: nil], defaultTopic: nil) == "topic_missing")
        #expect(try topic([.topic: ""], defaultTopic: nil, prefix: "prod.") == "topic_missing")
    }

    @Test(arguments: [
        ".", "..", "a b", "a/b", "é", "a\u{0}", String(repeating: "a", count: 250), "a:b", "\"",
        String(repeating: "x", count: 100_000),
    ])
    func `a name that Kafka refuses is rejected`(name: String) throws {
        #expect(try topic([.topic: name]) == "topic_invalid")
        #expect(!TopicName.isValid(name))
    }

    @Test func `the refused name is told, harmless and short`() throws {
        guard case .rejected(let short) = try TestOutcome(.order.with([.topic: "a b\né"])),
            case .rejected(let long) = try TestOutcome(.order.with([.topic: String(repeating: "a", count: 5000)]))
        else { throw Unexpected() }
        #expect(short.message == "Kafka allows no topic of the name \"a b???\"")
        #expect(long.message.utf8.count < 300)
    }

    @Test(arguments: ["a", "...", "A-z_0.9", String(repeating: "a", count: 249)])
    func `a name that Kafka takes passes`(name: String) throws {
        #expect(try topic([.topic: name]) == name)
        #expect(TopicName.isValid(name))
    }

    @Test func `a policy that can give no topic is refused at once`() {
        #expect(throws: RoutingPolicyError.defaultTopicInvalid("a b")) {
            try RoutingPolicy(defaultTopic: "a b", deadLetterTopic: "d")
        }
        #expect(throws: RoutingPolicyError.defaultTopicInvalid("p.")) {
            try RoutingPolicy(defaultTopic: "", prefix: "p.", deadLetterTopic: "d")
        }
        #expect(throws: RoutingPolicyError.deadLetterTopicInvalid("")) {
            try RoutingPolicy(defaultTopic: nil, deadLetterTopic: "")
        }
        #expect(throws: RoutingPolicyError.prefixInvalid("p/")) {
            try RoutingPolicy(defaultTopic: nil, prefix: "p/", deadLetterTopic: "d")
        }
        for pattern in ["", "a b", "${aggregate_type", "$aggregate_type", "a}"] {
            #expect(throws: RoutingPolicyError.patternInvalid(pattern)) {
                try RoutingPolicy(defaultTopic: nil, deadLetterTopic: "d", pattern: pattern)
            }
        }
        #expect(throws: RoutingPolicyError.placeholderUnknown("topic")) {
            try RoutingPolicy(defaultTopic: nil, deadLetterTopic: "d", pattern: "a.${topic}")
        }
    }

    @Test func `one name is one number, and a flood of names takes no memory`() throws {
        var encoder = EventEncoder(format: .payload, routing: try RoutingPolicy(defaultTopic: nil, deadLetterTopic: "dead"))
        let map = try TestRow.order.map()
        func topic(_ name: String, _ encoder: inout EventEncoder) throws -> TopicID {
            let row = TestRow.order.with([.topic: name])
            guard case .event(let event) = encoder.encode(row.tuple, in: row.bytes.span.bytes, map: map, commitTime: 0)
            else { throw Unexpected() }
            return event.topic
        }
        let first = try topic("orders", &encoder)
        var handles: [Int: (UInt32, String)] = [:]
        for round in 0..<3 * EventEncoder.maximumTopics {
            let name = "topic-\(round)"
            let id = try topic(name, &encoder)
            #expect(id.index < EventEncoder.maximumTopics)
            #expect(handles[id.index]?.0 != id.generation)
            handles[id.index] = (id.generation, name)
            // Asked for in between, a name keeps its number.
            if round % 1000 == 0 { #expect(try topic("orders", &encoder) == first) }
            if round % 7 == 0 { #expect(try topic(name, &encoder) == id) }
        }
        for (index, handle) in handles where index % 64 == 0 {
            #expect(try topic(handle.1, &encoder) == topic(handle.1, &encoder))
        }
        let names = [encoder.topicName(encoder.deadLetterTopic), encoder.topicName(first)]
        #expect(names == ["dead", "orders"])
    }
}
