internal import ByteCoding

extension ByteBuffer {
    /// Appends text as a JSON string, quotes included. Control characters, quotes and backslashes are escaped, every
    /// other character stays as it is.
    ///
    /// False when the text is not UTF-8; what was appended up to there has no meaning. `range` must be inside.
    mutating func appendJSONString(_ bytes: RawSpan, in range: Range<Int>) -> Bool {
        var offset = range.lowerBound
        let end = range.upperBound
        append(UInt8(ascii: "\""))
        while offset < end {
            offset &+= appendPlainRun(bytes, from: offset, to: end)
            while offset < end {
                let byte = bytes.byte(offset)
                if byte >= 0x80 {
                    let length = UTF8Sequence.length(in: bytes, at: offset, end: end)
                    guard length > 0 else { return false }
                    append(contentsOf: bytes, in: offset..<offset &+ length)
                    offset &+= length
                } else if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                    appendEscaped(byte)
                    offset &+= 1
                } else {
                    break
                }
            }
        }
        append(UInt8(ascii: "\""))
        return true
    }

    /// Appends the bytes before the first one that needs a look, and returns how many they are.
    @inline(__always)
    private mutating func appendPlainRun(_ bytes: RawSpan, from start: Int, to end: Int) -> Int {
        let count = end &- start
        var length = 0
        // Whole words are stored before they are known to be plain: room for one more word makes that harmless.
        unsafe appendUninitialized(capacity: count &+ 8) { target in
            while length &+ 8 <= count {
                let word = WordScan.load(bytes, at: start &+ length)
                unsafe target.storeBytes(of: word.littleEndian, toByteOffset: length, as: UInt64.self)
                let special = WordScan.specialInJSON(word)
                if special != 0 {
                    length &+= WordScan.firstLane(special)
                    return length
                }
                length &+= 8
            }
            let rest = count &- length
            if rest > 0 {
                let word = WordScan.loadTail(bytes, at: start &+ length, count: rest)
                unsafe target.storeBytes(of: word.littleEndian, toByteOffset: length, as: UInt64.self)
                let special = WordScan.specialInJSON(word)
                length &+= special == 0 ? rest : WordScan.firstLane(special)
            }
            return length
        }
        return length
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x08: append("\\b")
        case 0x09: append("\\t")
        case 0x0A: append("\\n")
        case 0x0C: append("\\f")
        case 0x0D: append("\\r")
        default:
            append("\\u00")
            append(byte >> 4 == 0 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            let digit = byte & 0xF
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    /// Appends an integer id or version as a JSON number when it is one as JSON writes it and fits 64 bits, else as a
    /// JSON string. False when it is not UTF-8.
    mutating func appendJSONNumberOrString(_ bytes: RawSpan, in range: Range<Int>) -> Bool {
        guard JSONNumber.isCanonicalInteger(bytes, in: range) else { return appendJSONString(bytes, in: range) }
        append(contentsOf: bytes, in: range)
        return true
    }

    /// Appends what the hexadecimal digits of `range` stand for. False when they are not pairs of digits.
    mutating func appendDecodedHexadecimal(_ bytes: RawSpan, in range: Range<Int>) -> Bool {
        guard range.count % 2 == 0 else { return false }
        reserve(range.count / 2)
        for offset in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
            guard let high = hexadecimalValue(of: bytes.byte(offset)),
                let low = hexadecimalValue(of: bytes.byte(offset &+ 1))
            else { return false }
            append(high << 4 | low)
        }
        return true
    }
}
