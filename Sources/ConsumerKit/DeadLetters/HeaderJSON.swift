/// A record's headers as JSON text, so that they can be read in the database and be given back byte for byte. Pure.
enum HeaderJSON {
    /// `[{"name": "a", "value": "text"}, {"name": "b", "hex": "00ff"}, {"name": "c"}]`: hex for bytes that are no text, neither for a
    /// header without a value.
    static func text(_ headers: [(name: String, value: [UInt8]?)]) -> String {
        var text = "["
        for (index, header) in headers.enumerated() {
            if index > 0 { text += "," }
            text += "{\"name\":" + quoted(header.name)
            if let value = header.value {
                if let readable = readable(value) {
                    text += ",\"value\":" + quoted(readable)
                } else {
                    text += ",\"hex\":\"" + Hex.text(value) + "\""
                }
            }
            text += "}"
        }
        return text + "]"
    }

    /// nil for what was not written by ``text(_:)``.
    static func headers(_ text: String) -> [(name: String, value: [UInt8]?)]? {
        guard let items = (try? JSONDocument(Array(text.utf8)))?.root.asArray else { return nil }
        var headers: [(name: String, value: [UInt8]?)] = []
        for item in items {
            guard let name = item.member("name")?.asString else { return nil }
            if let value = item.member("value")?.asString {
                headers.append((name, Array(value.utf8)))
            } else if let hex = item.member("hex")?.asString {
                guard let value = Hex.bytes(hex) else { return nil }
                headers.append((name, value))
            } else {
                headers.append((name, nil))
            }
        }
        return headers
    }

    /// The bytes as text when they are UTF-8 without NUL, which jsonb does not take.
    private static func readable(_ bytes: [UInt8]) -> String? {
        bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\0": result += "\\ufffd"
            case _ where scalar.value < 0x20: result += "\\u00" + Hex.text([UInt8(scalar.value)])
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
