/// Numbers in base 36 with small letters, as cursors have them.
enum Base36 {
    static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        let start = bytes.count
        var rest = value
        repeat {
            let digit = UInt8(rest % 36)
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            rest /= 36
        } while rest > 0
        bytes[start...].reverse()
    }

    /// nil for what ``append(_:to:)`` does not write: nothing, other characters, a leading zero, more than 64 bits.
    static func value(_ digits: some Collection<UInt8>) -> UInt64? {
        guard let first = digits.first, first != UInt8(ascii: "0") || digits.count == 1 else { return nil }
        var value: UInt64 = 0
        for byte in digits {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            let (product, isTooBig) = value.multipliedReportingOverflow(by: 36)
            let (sum, isStillTooBig) = product.addingReportingOverflow(UInt64(digit))
            guard !isTooBig, !isStillTooBig else { return nil }
            value = sum
        }
        return value
    }
}
