/// Quotes an SQL identifier; it then means exactly this name, whatever characters and capitals it has.
public func quotedIdentifier(_ name: String) -> String {
    "\"" + doubling("\"", in: name) + "\""
}

/// Quotes a string literal. Works with `standard_conforming_strings` on or off: a backslash selects the E form.
public func quotedLiteral(_ text: String) -> String {
    let quoted = "'" + doubling("'", in: text) + "'"
    return text.utf8.contains(UInt8(ascii: "\\")) ? " E" + doubling("\\", in: quoted) : quoted
}

/// By Unicode scalars, as the server reads them: to Swift a quote and a combining mark behind it are one Character, which is not a
/// quote.
private func doubling(_ character: Unicode.Scalar, in text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        if scalar == character { result.append(scalar) }
        result.append(scalar)
    }
    return String(result)
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
