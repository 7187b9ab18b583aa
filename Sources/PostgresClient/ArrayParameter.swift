/// Columns of many rows as array parameters, for `unnest`: one statement for a batch, whatever its size.
///
/// Source: PostgreSQL documentation, 8.15.6 (array input syntax).
extension QueryParameter {
    /// As `$1::bigint[]`.
    public static func integers(_ values: some Sequence<Int64>) -> QueryParameter {
        var text: [UInt8] = [UInt8(ascii: "{")]
        for value in values {
            text.append(contentsOf: String(value).utf8)
            text.append(UInt8(ascii: ","))
        }
        return .bytes(closed(text))
    }

    /// As `$1::text[]`, or an array of any type that is written as text. nil is NULL; a NUL byte in a text is the server's error.
    public static func texts(_ values: some Sequence<String?>) -> QueryParameter {
        var text: [UInt8] = [UInt8(ascii: "{")]
        for value in values {
            if let value {
                text.append(UInt8(ascii: "\""))
                for byte in value.utf8 {
                    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { text.append(UInt8(ascii: "\\")) }
                    text.append(byte)
                }
                text.append(UInt8(ascii: "\""))
            } else {
                text.append(contentsOf: "NULL".utf8)
            }
            text.append(UInt8(ascii: ","))
        }
        return .bytes(closed(text))
    }

    private static func closed(_ text: [UInt8]) -> [UInt8] {
        var text = text
        if text.count > 1 { text.removeLast() }
        text.append(UInt8(ascii: "}"))
        return text
    }
}
