/// A topic name with places for values of the row, cut into its parts once.
struct TopicPattern: Equatable, Sendable {
    enum Part: Equatable, Sendable {
        case literal([UInt8])
        case aggregateType
        case eventType
    }

    let parts: [Part]

    init(_ text: String) throws(RoutingPolicyError) {
        var parts: [Part] = []
        var rest = Array(text.utf8)[...]
        var literal: [UInt8] = []
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "$"), rest.first == UInt8(ascii: "{") else {
                guard TopicName.isAllowed(byte) else { throw .patternInvalid(text) }
                literal.append(byte)
                continue
            }
            guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else { throw .patternInvalid(text) }
            if !literal.isEmpty { parts.append(.literal(literal)) }
            literal = []
            let name = String(decoding: rest[rest.index(after: rest.startIndex)..<end], as: UTF8.self)
            switch name {
            case "aggregate_type": parts.append(.aggregateType)
            case "event_type": parts.append(.eventType)
            default: throw .placeholderUnknown(name)
            }
            rest = rest[rest.index(after: end)...]
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        guard !parts.isEmpty else { throw .patternInvalid(text) }
        self.parts = parts
    }
}
