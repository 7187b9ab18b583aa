/// Base64 with padding (RFC 4648, section 4), as far as the handshake needs it.
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32((3 - group.count) * 8)
            for digit in 0..<4 {
                text.append(digit > group.count ? pad : alphabet[Int(bits >> UInt32((3 - digit) * 6) & 63)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// How many bytes the text stands for; nil when it is no base64.
    static func decodedCount(_ text: String) -> Int? {
        let digits = Array(text.utf8)
        let padding = digits.reversed().prefix { $0 == pad }.count
        guard digits.count % 4 == 0, padding <= 2, digits.dropLast(padding).allSatisfy(alphabet.contains) else { return nil }
        return digits.count / 4 * 3 - padding
    }

    private static let pad = UInt8(ascii: "=")
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}
