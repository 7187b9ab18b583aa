/// A JSON document to be printed (RFC 8259); objects keep the order of their members.
public enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    /// Infinity and NaN, which JSON does not have, are printed as null.
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// One name and value of an object.
    public struct Member: Equatable, Sendable {
        public let name: String
        public let value: JSONValue

        public init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    public init(_ text: String?) { self = text.map(JSONValue.string) ?? .null }
    public init(_ number: (some BinaryInteger)?) { self = number.map { .int(Int64(clamping: $0)) } ?? .null }
    public init(_ number: Double?) { self = number.map(JSONValue.double) ?? .null }
    public init(_ value: Bool?) { self = value.map(JSONValue.bool) ?? .null }

    /// The document as text.
    /// - Parameter pretty: one member a line with two blanks of indentation and a final newline; else one line without any.
    public func render(pretty: Bool = false) -> String {
        var text = ""
        append(to: &text, indent: pretty ? 0 : nil)
        if pretty { text += "\n" }
        return text
    }

    private func append(to text: inout String, indent: Int?) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .int(let value): text += String(value)
        case .double(let value): text += value.isFinite ? String(value) : "null"
        case .string(let value): Self.appendQuoted(value, to: &text)
        case .array(let items):
            Self.appendList("[", "]", items, to: &text, indent) { item, text, inner in item.append(to: &text, indent: inner) }
        case .object(let members):
            Self.appendList("{", "}", members, to: &text, indent) { member, text, inner in
                Self.appendQuoted(member.name, to: &text)
                text += inner == nil ? ":" : ": "
                member.value.append(to: &text, indent: inner)
            }
        }
    }

    private static func appendList<Item>(
        _ open: String, _ close: String, _ items: [Item], to text: inout String, _ indent: Int?,
        _ appendItem: (Item, inout String, Int?) -> Void
    ) {
        text += open
        let inner = indent.map { $0 + 2 }
        for (index, item) in items.enumerated() {
            if index > 0 { text += "," }
            if let inner { text += "\n" + String(repeating: " ", count: inner) }
            appendItem(item, &text, inner)
        }
        if let indent, !items.isEmpty { text += "\n" + String(repeating: " ", count: indent) }
        text += close
    }

    private static func appendQuoted(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension JSONValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(nilLiteral: ()) { self = .null }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(elements.map { Member($0.0, $0.1) }) }
}
