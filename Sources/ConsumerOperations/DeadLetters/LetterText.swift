/// Bytes of a record for people. Pure.
package enum LetterText {
    private static let digits = Array("0123456789abcdef")

    /// Text when it is UTF-8, else `0x` and hexadecimal digits.
    package static func shown(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var text = "0x"
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }
}
