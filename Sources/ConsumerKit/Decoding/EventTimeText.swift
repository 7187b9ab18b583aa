/// Reads the instants of envelopes: ISO 8601 with a date, a time and a zone, as the relay and Postgres write them. Pure.
enum EventTimeText {
    /// Microseconds since 1970-01-01 UTC; finer digits are dropped. nil for what is no such instant.
    static func microseconds(_ text: String) -> Int64? {
        var text = text
        return text.withUTF8 { parse($0) }
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard bytes.count >= 20, bytes.count <= 40,
            let year = number(bytes, 0, 4), let month = number(bytes, 5, 2), let day = number(bytes, 8, 2),
            let hour = number(bytes, 11, 2), let minute = number(bytes, 14, 2), let second = number(bytes, 17, 2),
            bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":"), bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " "),
            (1...12).contains(month), day >= 1, day <= CivilDay.length(ofMonth: month, in: year), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            var digits = 0
            while index < bytes.count, bytes[index] &- UInt8(ascii: "0") <= 9 {
                if digits < 6 { fraction = fraction * 10 + Int64(bytes[index] - UInt8(ascii: "0")) }
                digits += 1
                index += 1
            }
            guard digits > 0 else { return nil }
            for _ in 0..<max(0, 6 - digits) { fraction *= 10 }
        }
        guard let offset = zone(bytes, index) else { return nil }
        let days = CivilDay.number(year: year, month: month, day: day)
        return ((days * 86_400 + hour * 3_600 + minute * 60 + second) - offset * 60) * 1_000_000 + fraction
    }

    /// Minutes east of UTC of `Z`, `+hh`, `+hhmm` or `+hh:mm` that ends the text.
    private static func zone(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int64? {
        guard start < bytes.count else { return nil }
        let rest = bytes.count - start
        let sign: Int64
        switch bytes[start] {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"): return rest == 1 ? 0 : nil
        case UInt8(ascii: "+"): sign = 1
        case UInt8(ascii: "-"): sign = -1
        default: return nil
        }
        guard let hours = number(bytes, start + 1, 2), hours <= 15 else { return nil }
        switch rest {
        case 3: return sign * hours * 60
        case 5: return number(bytes, start + 3, 2).flatMap { $0 < 60 ? sign * (hours * 60 + $0) : nil }
        case 6 where bytes[start + 3] == UInt8(ascii: ":"):
            return number(bytes, start + 4, 2).flatMap { $0 < 60 ? sign * (hours * 60 + $0) : nil }
        default: return nil
        }
    }

    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> Int64? {
        guard start + count <= bytes.count else { return nil }
        var value: Int64 = 0
        for index in start..<(start + count) {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value * 10 + Int64(digit)
        }
        return value
    }
}
