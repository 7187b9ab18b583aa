/// Well-formed UTF-8 by the table of RFC 3629.
enum UTF8Sequence {
    /// Length of the well-formed sequence of a character beyond ASCII at `offset`; 0 when there is none before `end`.
    static func length(in bytes: RawSpan, at offset: Int, end: Int) -> Int {
        let lead = bytes.byte(offset)
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return 0
        }
        guard length <= end &- offset, second.contains(bytes.byte(offset &+ 1)) else { return 0 }
        for index in 2..<max(2, length) where bytes.byte(offset &+ index) & 0xC0 != 0x80 {
            return 0
        }
        return length
    }
}
