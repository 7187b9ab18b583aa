/// Integers as JSON writes them.
enum JSONNumber {
    /// Whether text is an integer that fits 64 bits and is written in the one way JSON writes it: an optional minus, no
    /// leading zeros, not "-0". Ids like "007" must not lose their zeros.
    static func isCanonicalInteger(_ bytes: RawSpan, in range: Range<Int>) -> Bool {
        var offset = range.lowerBound
        let end = range.upperBound
        guard offset < end else { return false }
        let isNegative = bytes.byte(offset) == UInt8(ascii: "-")
        if isNegative { offset &+= 1 }
        let digits = end &- offset
        guard digits >= 1, digits <= 19 else { return false }
        if bytes.byte(offset) == UInt8(ascii: "0") { return digits == 1 && !isNegative }
        var magnitude: UInt64 = 0
        while offset < end {
            let digit = bytes.byte(offset) &- UInt8(ascii: "0")
            guard digit < 10 else { return false }
            magnitude = magnitude &* 10 &+ UInt64(digit)
            offset &+= 1
        }
        return magnitude <= UInt64(Int64.max) + (isNegative ? 1 : 0)
    }
}
