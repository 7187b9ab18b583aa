import Glibc

/// Moments as operators write and read them: ISO 8601, or how long ago. All are Unix time in µs. Pure.
package enum TimePoint {
    private static let units: [(String, Int64)] = [
        ("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000), ("w", 604_800_000_000),
    ]

    /// Reads `now`, `2h`, `1d12h`, `2026-01-02`, `2026-01-02T03:04`, `2026-01-02 03:04:05.123+02:00`; without an offset the time is
    /// UTC. nil for anything else.
    package static func parse(_ text: String, now: Int64) -> Int64? {
        if text == "now" { return now }
        if let span = span(text) { return now - span }
        return moment(text)
    }

    /// Reads a length of time, `90s` or `1h30m`, in µs.
    package static func span(_ text: String) -> Int64? {
        var rest = Substring(text)
        var sum: Int64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int64(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let word = rest.prefix { $0.isASCII && $0.isLetter }
            guard let unit = units.first(where: { $0.0 == word }) else { return nil }
            rest = rest.dropFirst(word.count)
            let (product, overflows) = number.multipliedReportingOverflow(by: unit.1)
            guard !overflows, product <= Int64.max / 4 - sum else { return nil }
            sum += product
        }
        return text.isEmpty ? nil : sum
    }

    private static func moment(_ text: String) -> Int64? {
        var rest = Array(text.utf8)[...]
        func take(_ count: Int) -> Int? {
            guard rest.count >= count else { return nil }
            var value = 0
            for byte in rest.prefix(count) {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            rest = rest.dropFirst(count)
            return value
        }
        func skip(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = take(4), skip("-"), let month = take(2), (1...12).contains(month), skip("-"), let day = take(2),
            (1...monthLength(month, year)).contains(day), year >= 1
        else { return nil }
        var seconds = days(year, month, day) * 86_400
        var fraction: Int64 = 0
        if rest.isEmpty { return Int64(seconds) * 1_000_000 }
        guard skip("T") || skip(" "), let hour = take(2), hour < 24, skip(":"), let minute = take(2), minute < 60 else {
            return nil
        }
        seconds += hour * 3_600 + minute * 60
        if skip(":") {
            guard let second = take(2), second < 60 else { return nil }
            seconds += second
            if skip(".") {
                var scale: Int64 = 100_000
                guard let first = rest.first, (48...57).contains(first) else { return nil }
                while let digit = take(1) {
                    fraction += Int64(digit) * scale
                    scale /= 10
                }
            }
        }
        if !rest.isEmpty, !skip("Z") {
            let isEast = skip("+")
            guard isEast || skip("-"), let hours = take(2), hours < 16 else { return nil }
            var offset = hours * 3_600
            if !rest.isEmpty {
                _ = skip(":")
                guard let minutes = take(2), minutes < 60 else { return nil }
                offset += minutes * 60
            }
            seconds -= isEast ? offset : -offset
        }
        return rest.isEmpty ? Int64(seconds) * 1_000_000 + fraction : nil
    }

    /// `2026-01-02T03:04:05.123Z`.
    package static func text(_ time: Int64) -> String {
        var seconds = time / 1_000_000
        var rest = time % 1_000_000
        if rest < 0 {
            rest += 1_000_000
            seconds -= 1
        }
        var moment = time_t(seconds)
        var parts = tm()
        gmtime_r(&moment, &parts)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = "\(padded(Int(parts.tm_year) + 1900, 4))-\(padded(Int(parts.tm_mon) + 1, 2))-\(padded(Int(parts.tm_mday), 2))"
        let clock = "\(padded(Int(parts.tm_hour), 2)):\(padded(Int(parts.tm_min), 2)):\(padded(Int(parts.tm_sec), 2))"
        return "\(date)T\(clock).\(padded(Int(rest / 1_000), 3))Z"
    }

    private static func monthLength(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970 of a day of the Gregorian calendar; years counted from March have the leap day at their end.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }
}
