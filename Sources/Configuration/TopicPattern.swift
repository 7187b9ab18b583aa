/// How a topic's name is made from an event: `outbox.event.${aggregate_type}`.
public struct TopicPattern: Equatable, Sendable, CustomStringConvertible {
    /// What may be filled in.
    public enum Placeholder: String, CaseIterable, Sendable {
        case aggregateType = "aggregate_type"
        case eventType = "event_type"
    }

    /// A piece of the name.
    public enum Part: Equatable, Sendable {
        case text(String)
        case placeholder(Placeholder)
    }

    struct Failure: Error {
        let reason: String
    }

    /// The pieces in order; at least one is a placeholder.
    public let parts: [Part]

    /// The pattern as it was written.
    public let description: String

    /// The Event Router's default, `outbox.event.${routedByValue}`.
    static let eventRouter = TopicPattern(
        parts: [.text("outbox.event."), .placeholder(.aggregateType)], description: "outbox.event.${aggregate_type}")

    private init(parts: [Part], description: String) {
        self.parts = parts
        self.description = description
    }

    init(_ text: String) throws(Failure) {
        var parts: [Part] = []
        var rest = text[...]
        while let next = rest.first {
            if next == "$" {
                guard rest.hasPrefix("${"), let end = rest.firstIndex(of: "}") else {
                    throw Failure(reason: "has a $ that does not begin a ${placeholder}")
                }
                let name = rest[..<end].dropFirst(2)
                guard let placeholder = Placeholder(rawValue: String(name)) else {
                    throw Failure(reason: "has the unknown placeholder \(QuotedText.quoted(name))")
                }
                parts.append(.placeholder(placeholder))
                rest = rest[rest.index(after: end)...]
            } else {
                let literal = rest.prefix { $0 != "$" }
                guard literal.utf8.allSatisfy(TopicCharacters.contains) else {
                    throw Failure(reason: "has a character that Kafka refuses")
                }
                parts.append(.text(String(literal)))
                rest = rest.dropFirst(literal.count)
            }
        }
        guard parts.contains(where: { if case .placeholder = $0 { true } else { false } }) else {
            throw Failure(reason: "has no placeholder; a fixed topic is topic.default")
        }
        guard text.utf8.count <= 249 else { throw Failure(reason: "is longer than 249 characters") }
        self.parts = parts
        self.description = text
    }

    func uses(_ placeholder: Placeholder) -> Bool { parts.contains(.placeholder(placeholder)) }
}
