/// Quotes an SQL identifier; it then means exactly this name, whatever characters and capitals it has.
public func quotedIdentifier(_ name: String) -> String {
    "\"" + doubling("\"", in: name) + "\""
}

/// Quotes a string literal. Works with `standard_conforming_strings` on or off: a backslash selects the E form.
public func quotedLiteral(_ text: String) -> String {
    let quoted = "'" + doubling("'", in: text) + "'"
    return text.utf8.contains(UInt8(ascii: "\\")) ? " E" + doubling("\\", in: quoted) : quoted
}

private func doubling(_ character: Character, in text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count + 4)
    for c in text {
        if c == character { result.append(c) }
        result.append(c)
    }
    return result
}

/// A table by schema and name, both as stored in the catalog (never folded to lower case).
public struct QualifiedName: Hashable, Sendable, CustomStringConvertible {
    public let schema: String
    public let name: String

    public init(schema: String, name: String) {
        self.schema = schema
        self.name = name
    }

    /// For SQL text: both parts quoted.
    public var quoted: String { quotedIdentifier(schema) + "." + quotedIdentifier(name) }

    public var description: String { "\(schema).\(name)" }
}
