/// A path with places for values: `/api/users/{id}`. A place takes exactly one part of the path, and not an empty one.
struct RoutePattern: Sendable, Hashable {
    private enum Part: Sendable, Hashable {
        case literal(String)
        case parameter(String)
    }

    private let parts: [Part]

    init(_ text: String) {
        parts = Self.split(text).map { part in
            part.count > 2 && part.hasPrefix("{") && part.hasSuffix("}")
                ? .parameter(String(part.dropFirst().dropLast())) : .literal(String(part))
        }
    }

    /// Whether there is no place: the path is always the same.
    var isLiteral: Bool {
        parts.allSatisfy { if case .literal = $0 { true } else { false } }
    }

    /// The values of the places, when the path is one of the pattern's.
    func match(_ path: String) -> [String: String]? {
        let found = Self.split(path)
        guard found.count == parts.count else { return nil }
        var values: [String: String] = [:]
        for (part, text) in zip(parts, found) {
            switch part {
            case .literal(let wanted):
                guard text == wanted else { return nil }
            case .parameter(let name):
                guard !text.isEmpty else { return nil }
                values[name] = String(text)
            }
        }
        return values
    }

    private static func split(_ path: String) -> [Substring] {
        path.split(separator: "/", omittingEmptySubsequences: false)
    }
}
