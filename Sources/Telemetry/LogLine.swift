/// Formats one log line with its final newline. A line is always exactly one line: whatever a value holds, no control
/// character reaches the output.
struct LogLine {
    var milliseconds: Int64
    var level: LogLevel
    var message: StaticString
    var fields: LogFields

    func render(_ format: LogFormat, coloured: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        switch format {
        case .text: renderText(coloured: coloured, to: &bytes)
        case .json: renderJSON(to: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private func renderText(coloured: Bool, to bytes: inout [UInt8]) {
        UTCTimestamp.append(milliseconds, to: &bytes)
        bytes.append(UInt8(ascii: " "))
        if coloured {
            bytes.append(level.colour)
        }
        bytes.append(level.paddedName)
        if coloured {
            bytes.append("\u{1B}[0m")
        }
        bytes.append(UInt8(ascii: " "))
        bytes.append(message)
        for field in fields.all {
            bytes.append(UInt8(ascii: " "))
            bytes.append(contentsOf: field.key.rawValue.utf8)
            bytes.append(UInt8(ascii: "="))
            switch field.value {
            case .string(let text): Self.appendText(text, to: &bytes)
            case .integer(let value): bytes.append(contentsOf: String(value).utf8)
            case .double(let value): bytes.append(contentsOf: value.description.utf8)
            case .bool(let value): bytes.append(value ? "true" : "false")
            }
        }
    }

    private func renderJSON(to bytes: inout [UInt8]) {
        bytes.append("{\"ts\":\"")
        UTCTimestamp.append(milliseconds, to: &bytes)
        bytes.append("\",\"level\":\"")
        bytes.append(contentsOf: level.rawValue.utf8)
        bytes.append("\",\"msg\":")
        JSONText.append(message.description, to: &bytes)
        for field in fields.all {
            bytes.append(UInt8(ascii: ","))
            JSONText.append(field.key.rawValue, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            switch field.value {
            case .string(let text): JSONText.append(text, to: &bytes)
            case .integer(let value): bytes.append(contentsOf: String(value).utf8)
            // JSON has no number for infinities and not-a-number.
            case .double(let value) where !value.isFinite: JSONText.append(value.description, to: &bytes)
            case .double(let value): bytes.append(contentsOf: value.description.utf8)
            case .bool(let value): bytes.append(value ? "true" : "false")
            }
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// A value that could be misread (empty, blanks, quotes, an equals sign, control characters) is quoted and escaped.
    private static func appendText(_ text: String, to bytes: inout [UInt8]) {
        let plain = !text.isEmpty && text.unicodeScalars.allSatisfy { !needsQuotes($0) }
        if plain {
            bytes.append(contentsOf: text.utf8)
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes.append("\\\"")
            case "\\": bytes.append("\\\\")
            case "\n": bytes.append("\\n")
            case "\r": bytes.append("\\r")
            case "\t": bytes.append("\\t")
            case _ where isUnprintable(scalar):
                bytes.append("\\u{")
                bytes.append(contentsOf: String(scalar.value, radix: 16).utf8)
                bytes.append("}")
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func needsQuotes(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\"" || scalar == "\\" || scalar == "=" || scalar.properties.isWhitespace || isUnprintable(scalar)
    }

    /// C0 and C1 control characters and the line separators: they would break the line or speak to the terminal.
    private static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }
}
