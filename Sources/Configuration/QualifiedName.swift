/// A table's schema and name, as Postgres stores them.
public struct QualifiedName: Hashable, Sendable, CustomStringConvertible {
    struct Failure: Error {
        let reason: String
    }

    public let schema: String
    public let name: String

    public init(schema: String, name: String) {
        self.schema = schema
        self.name = name
    }

    /// Reads `table` or `schema.table` as SQL does: without quotes, letters become small (of ASCII; Postgres leaves the rest
    /// alone in UTF-8); within double quotes everything stays, and `""` is one quote.
    init(_ text: String) throws(Failure) {
        var parts: [String] = []
        var rest = Array(text.utf8)[...]
        repeat {
            let part = try Self.takePart(&rest)
            guard !part.isEmpty else { throw Failure(reason: "has an empty part") }
            guard part.utf8.count <= 63 else { throw Failure(reason: "has a part longer than 63 bytes") }
            parts.append(part)
            guard let separator = rest.popFirst() else { break }
            guard separator == UInt8(ascii: ".") else { throw Failure(reason: "has text after a closing quote") }
        } while true
        guard parts.count <= 2 else { throw Failure(reason: "has more than a schema and a table") }
        self.init(schema: parts.count == 2 ? parts[0] : "public", name: parts[parts.count - 1])
    }

    /// In double quotes only where SQL needs them; reading it back gives the same name.
    public var description: String { Self.quoted(schema) + "." + Self.quoted(name) }

    private static func takePart(_ rest: inout ArraySlice<UInt8>) throws(Failure) -> String {
        var part: [UInt8] = []
        if rest.first == UInt8(ascii: "\"") {
            rest.removeFirst()
            while let byte = rest.popFirst() {
                if byte != UInt8(ascii: "\"") {
                    part.append(byte)
                } else if rest.first == UInt8(ascii: "\"") {
                    part.append(byte)
                    rest.removeFirst()
                } else {
                    return String(decoding: part, as: UTF8.self)
                }
            }
            throw Failure(reason: "has no closing double quote")
        }
        while let byte = rest.first, byte != UInt8(ascii: ".") {
            guard isPlain(byte) || (0x41...0x5A).contains(byte) else {
                throw Failure(reason: "has a character that needs double quotes")
            }
            part.append((0x41...0x5A).contains(byte) ? byte + 0x20 : byte)
            rest.removeFirst()
        }
        if let first = part.first, isDigitOrDollar(first) {
            throw Failure(reason: "begins with a character that needs double quotes")
        }
        return String(decoding: part, as: UTF8.self)
    }

    private static func quoted(_ part: String) -> String {
        if part.utf8.allSatisfy(isPlain), let first = part.utf8.first, !isDigitOrDollar(first) { return part }
        return "\"" + part.reduce(into: "") { $0 += $1 == "\"" ? "\"\"" : String($1) } + "\""
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_") || byte >= 0x80 || isDigitOrDollar(byte)
    }

    private static func isDigitOrDollar(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || byte == UInt8(ascii: "$")
    }
}
