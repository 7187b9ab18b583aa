/// Checks JSON text (RFC 8259) without building values and without recursion.
///
/// Stricter than the grammar in one point: an escaped surrogate must be half of a pair, since many readers refuse
/// text with a lone one. Containers nest at most `maximumDepth` deep, which with an object around them stays below the 512
/// that some readers allow.
enum JSONScanner {
    static let maximumDepth = 500

    /// Whether `range` is one JSON value with nothing but blanks around it.
    static func isValue(_ bytes: RawSpan, in range: Range<Int>) -> Bool {
        guard let end = endOfValue(in: bytes, from: range.lowerBound, to: range.upperBound) else { return false }
        return skipBlanks(in: bytes, from: end, to: range.upperBound) == range.upperBound
    }

    /// Where the value that begins at `start`, after blanks, ends; `nil` when there is none.
    static func endOfValue(in bytes: RawSpan, from start: Int, to end: Int) -> Int? {
        var offset = start
        var nesting = JSONNesting()
        while true {
            offset = skipBlanks(in: bytes, from: offset, to: end)
            guard offset < end else { return nil }
            let byte = bytes.byte(offset)
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                let isObject = byte == UInt8(ascii: "{")
                offset = skipBlanks(in: bytes, from: offset &+ 1, to: end)
                guard offset < end, nesting.push(isObject: isObject) else { return nil }
                if bytes.byte(offset) != (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    guard !isObject || skipName(in: bytes, from: &offset, to: end) else { return nil }
                    continue
                }
            } else {
                guard let next = endOfScalar(byte, in: bytes, from: offset, to: end) else { return nil }
                offset = next
                if nesting.depth == 0 { return offset }
            }
            guard closeContainers(&nesting, in: bytes, from: &offset, to: end) else { return nil }
            if nesting.depth == 0 { return offset }
        }
    }

    /// After a value: closes the containers that end here. It stops behind a comma (and the name that follows in an
    /// object), where the next value is due, or when all are closed.
    private static func closeContainers(
        _ nesting: inout JSONNesting, in bytes: RawSpan, from offset: inout Int, to end: Int
    ) -> Bool {
        while nesting.depth > 0 {
            offset = skipBlanks(in: bytes, from: offset, to: end)
            guard offset < end else { return false }
            let byte = bytes.byte(offset)
            offset &+= 1
            if byte == UInt8(ascii: ",") {
                guard nesting.isInObject else { return true }
                offset = skipBlanks(in: bytes, from: offset, to: end)
                return skipName(in: bytes, from: &offset, to: end)
            }
            guard byte == (nesting.isInObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { return false }
            nesting.pop()
        }
        return true
    }

    /// Moves past a member's name and its colon.
    private static func skipName(in bytes: RawSpan, from offset: inout Int, to end: Int) -> Bool {
        guard offset < end, bytes.byte(offset) == UInt8(ascii: "\""),
            let next = endOfString(in: bytes, from: offset, to: end)
        else { return false }
        offset = skipBlanks(in: bytes, from: next, to: end)
        guard offset < end, bytes.byte(offset) == UInt8(ascii: ":") else { return false }
        offset &+= 1
        return true
    }

    private static func endOfScalar(_ first: UInt8, in bytes: RawSpan, from offset: Int, to end: Int) -> Int? {
        switch first {
        case UInt8(ascii: "\""): endOfString(in: bytes, from: offset, to: end)
        case UInt8(ascii: "t"): endOfWord("true", in: bytes, from: offset, to: end)
        case UInt8(ascii: "f"): endOfWord("false", in: bytes, from: offset, to: end)
        case UInt8(ascii: "n"): endOfWord("null", in: bytes, from: offset, to: end)
        default: endOfNumber(in: bytes, from: offset, to: end)
        }
    }

    static func endOfWord(_ word: StaticString, in bytes: RawSpan, from offset: Int, to end: Int) -> Int? {
        let count = word.utf8CodeUnitCount
        guard count <= end &- offset else { return nil }
        for index in 0..<count where unsafe word.utf8Start[index] != bytes.byte(offset &+ index) {
            return nil
        }
        return offset &+ count
    }

    private static func endOfNumber(in bytes: RawSpan, from start: Int, to end: Int) -> Int? {
        var offset = start
        if bytes.byte(offset) == UInt8(ascii: "-") { offset &+= 1 }
        let integer = offset
        guard skipDigits(in: bytes, from: &offset, to: end) else { return nil }
        if offset &- integer > 1, bytes.byte(integer) == UInt8(ascii: "0") { return nil }
        if offset < end, bytes.byte(offset) == UInt8(ascii: ".") {
            offset &+= 1
            guard skipDigits(in: bytes, from: &offset, to: end) else { return nil }
        }
        if offset < end, bytes.byte(offset) | 0x20 == UInt8(ascii: "e") {
            offset &+= 1
            if offset < end, bytes.byte(offset) == UInt8(ascii: "+") || bytes.byte(offset) == UInt8(ascii: "-") {
                offset &+= 1
            }
            guard skipDigits(in: bytes, from: &offset, to: end) else { return nil }
        }
        return offset
    }

    /// Moves past digits; false when there is none.
    private static func skipDigits(in bytes: RawSpan, from offset: inout Int, to end: Int) -> Bool {
        let start = offset
        while offset < end, bytes.byte(offset) &- UInt8(ascii: "0") < 10 { offset &+= 1 }
        return offset > start
    }

    /// Where the string whose opening quote is at `start` ends; `nil` when it is not a valid one.
    static func endOfString(in bytes: RawSpan, from start: Int, to end: Int) -> Int? {
        var offset = start &+ 1
        while true {
            while offset &+ 8 <= end {
                let special = WordScan.specialInJSON(WordScan.load(bytes, at: offset))
                if special != 0 {
                    offset &+= WordScan.firstLane(special)
                    break
                }
                offset &+= 8
            }
            guard offset < end else { return nil }
            let byte = bytes.byte(offset)
            switch byte {
            case UInt8(ascii: "\""):
                return offset &+ 1
            case UInt8(ascii: "\\"):
                guard let escape = JSONEscape(in: bytes, at: offset, end: end) else { return nil }
                offset &+= escape.length
            case 0x80...:
                let length = UTF8Sequence.length(in: bytes, at: offset, end: end)
                guard length > 0 else { return nil }
                offset &+= length
            case 0x20...:
                offset &+= 1
            default:
                return nil
            }
        }
    }

    static func skipBlanks(in bytes: RawSpan, from start: Int, to end: Int) -> Int {
        var offset = start
        while offset < end {
            switch bytes.byte(offset) {
            case 0x20, 0x09, 0x0A, 0x0D: offset &+= 1
            default: return offset
            }
        }
        return offset
    }
}
