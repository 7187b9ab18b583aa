internal import ByteCoding

/// One escape in a JSON string; a surrogate pair counts as one.
struct JSONEscape {
    /// The character it stands for.
    let scalar: UnicodeScalar
    /// Its bytes: 2, 6 or 12.
    let length: Int

    /// Reads the escape whose backslash is at `offset`; `nil` when it is none, or half of a surrogate pair.
    init?(in bytes: RawSpan, at offset: Int, end: Int) {
        guard end &- offset >= 2 else { return nil }
        switch bytes.byte(offset &+ 1) {
        case UInt8(ascii: "\""): scalar = "\""
        case UInt8(ascii: "\\"): scalar = "\\"
        case UInt8(ascii: "/"): scalar = "/"
        case UInt8(ascii: "b"): scalar = "\u{8}"
        case UInt8(ascii: "f"): scalar = "\u{C}"
        case UInt8(ascii: "n"): scalar = "\n"
        case UInt8(ascii: "r"): scalar = "\r"
        case UInt8(ascii: "t"): scalar = "\t"
        case UInt8(ascii: "u"):
            guard let unit = Self.unit(in: bytes, at: offset, end: end) else { return nil }
            if let single = UnicodeScalar(unit) {
                scalar = single
                length = 6
                return
            }
            guard unit < 0xDC00, end &- offset >= 12, bytes.byte(offset &+ 6) == UInt8(ascii: "\\"),
                bytes.byte(offset &+ 7) == UInt8(ascii: "u"),
                let low = Self.unit(in: bytes, at: offset &+ 6, end: end), (0xDC00...0xDFFF).contains(low),
                let pair = UnicodeScalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
            else { return nil }
            scalar = pair
            length = 12
            return
        default:
            return nil
        }
        length = 2
    }

    /// The four digits behind `\u`.
    private static func unit(in bytes: RawSpan, at offset: Int, end: Int) -> UInt16? {
        guard end &- offset >= 6 else { return nil }
        var unit: UInt16 = 0
        for index in 2..<6 {
            guard let digit = hexadecimalValue(of: bytes.byte(offset &+ index)) else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
