/// Finds the secret parts of a libpq connection string (PostgreSQL documentation, "Connection Strings"), a URI or keywords.
///
/// Works on bytes and never fails: where a string is broken, more is taken for secret rather than less.
enum ConnectionStringSecrets {
    /// Keywords whose values are secrets.
    private static let secretKeywords: Set<String> = ["password", "sslpassword", "oauth_client_secret"]

    /// The byte ranges to hide, in order.
    static func ranges(in bytes: [UInt8]) -> [Range<Int>] {
        if let start = endOfScheme(bytes) { return uriRanges(bytes, from: start) }
        return keywordRanges(bytes)
    }

    /// The string with every secret replaced by `***`.
    static func masked(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var end = 0
        for range in ranges(in: bytes) {
            result += bytes[end..<range.lowerBound] + Array("***".utf8)
            end = range.upperBound
        }
        return String(decoding: result + bytes[end...], as: UTF8.self)
    }

    /// Whether the string holds a password.
    static func hasPassword(_ text: String) -> Bool {
        !ranges(in: Array(text.utf8)).isEmpty
    }

    /// The offset behind `scheme://`, nil when the string is not a URI.
    static func endOfScheme(_ bytes: [UInt8]) -> Int? {
        let isSchemeByte = { (byte: UInt8) in
            (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
                || "+-.:".utf8.contains(byte)
        }
        var index = 0
        while index < bytes.count, isSchemeByte(bytes[index]) { index += 1 }
        guard index > 0, bytes[(index - 1)...].starts(with: "://".utf8) else { return nil }
        return index + 2
    }

    private static func uriRanges(_ bytes: [UInt8], from start: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        let query = bytes[start...].firstIndex(of: UInt8(ascii: "?")) ?? bytes.count
        // A password with an unescaped '?' or '@' must not show its tail: the last '@' ends it.
        let at = bytes[start..<query].lastIndex(of: UInt8(ascii: "@")) ?? bytes[start...].lastIndex(of: UInt8(ascii: "@"))
        var end = start
        if let at, let colon = bytes[start..<at].firstIndex(of: UInt8(ascii: ":")), colon + 1 < at {
            ranges.append((colon + 1)..<at)
            end = at
        }
        guard let question = bytes[end...].firstIndex(of: UInt8(ascii: "?")) else { return ranges }
        var index = question + 1
        while index < bytes.count {
            let parameterEnd = bytes[index...].firstIndex(of: UInt8(ascii: "&")) ?? bytes.count
            if let equals = bytes[index..<parameterEnd].firstIndex(of: UInt8(ascii: "=")), equals + 1 < parameterEnd,
                secretKeywords.contains(percentDecoded(bytes[index..<equals]))
            {
                ranges.append((equals + 1)..<parameterEnd)
            }
            index = parameterEnd + 1
        }
        return ranges
    }

    private static func keywordRanges(_ bytes: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var index = 0
        skipBlanks(bytes, &index)
        while index < bytes.count {
            let nameStart = index
            while index < bytes.count, bytes[index] != UInt8(ascii: "="), !isBlank(bytes[index]) { index += 1 }
            let name = String(decoding: bytes[nameStart..<index], as: UTF8.self)
            skipBlanks(bytes, &index)
            // Not a keyword: it may be the tail of a password with a blank that nobody quoted.
            guard index < bytes.count, bytes[index] == UInt8(ascii: "=") else { return [0..<bytes.count] }
            index += 1
            skipBlanks(bytes, &index)
            let valueStart = index
            skipValue(bytes, &index)
            if secretKeywords.contains(name), valueStart < index { ranges.append(valueStart..<index) }
            skipBlanks(bytes, &index)
        }
        return ranges
    }

    private static func skipValue(_ bytes: [UInt8], _ index: inout Int) {
        let isQuoted = index < bytes.count && bytes[index] == UInt8(ascii: "'")
        if isQuoted { index += 1 }
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\") {
                index += 1
            } else if isQuoted ? bytes[index] == UInt8(ascii: "'") : isBlank(bytes[index]) {
                break
            }
            index += 1
        }
        if isQuoted { index += 1 }
        index = min(index, bytes.count)
    }

    private static func skipBlanks(_ bytes: [UInt8], _ index: inout Int) {
        while index < bytes.count, isBlank(bytes[index]) { index += 1 }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    /// libpq decodes the names of URI parameters as well as their values.
    private static func percentDecoded(_ bytes: ArraySlice<UInt8>) -> String {
        var result: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                result.append(value)
                rest = rest.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
