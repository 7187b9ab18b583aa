/// A day of the Gregorian calendar, without a place: what daily figures are kept by.
public struct CalendarDay: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Days since 1970-01-01, which Postgres adds to `date 'epoch'`.
    public let number: Int64

    public init(number: Int64) { self.number = number }

    /// The UTC day of a moment.
    ///
    /// - Parameter microseconds: since 1970.
    public init(microseconds: Int64) {
        let perDay: Int64 = 86_400_000_000
        let quotient = microseconds / perDay
        number = microseconds % perDay < 0 ? quotient - 1 : quotient
    }

    /// Reads `YYYY-MM-DD`; nil for anything else and for a day that there is not (2025-02-29).
    public init?(_ text: String) {
        var digits: [Int64] = []
        digits.reserveCapacity(8)
        for (place, byte) in text.utf8.enumerated() {
            if place == 4 || place == 7 {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                guard place < 10, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                digits.append(Int64(byte - UInt8(ascii: "0")))
            }
        }
        guard digits.count == 8 else { return nil }
        let year = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3]
        let month = digits[4] * 10 + digits[5]
        let day = digits[6] * 10 + digits[7]
        guard year >= 1, (1...12).contains(month), day >= 1, day <= Self.length(of: month, in: year) else { return nil }
        number = Self.number(year, month, day)
    }

    public static func < (left: CalendarDay, right: CalendarDay) -> Bool { left.number < right.number }

    /// `YYYY-MM-DD`.
    public var description: String {
        // Near enough to be at most one year off: 146097 days are 400 years.
        var year = 1970 + number * 400 / 146_097
        while Self.number(year + 1, 1, 1) <= number { year += 1 }
        while Self.number(year, 1, 1) > number { year -= 1 }
        var month: Int64 = 1
        while month < 12, Self.number(year, month + 1, 1) <= number { month += 1 }
        let day = number - Self.number(year, month, 1) + 1
        func padded(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    private static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func length(of month: Int64, in year: Int64) -> Int64 {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static let daysBefore: [Int64] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]

    /// Days from 1970-01-01; for years from 1 on.
    private static func number(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let past = year - 1
        let leapDays = past / 4 - past / 100 + past / 400
        let ofYear = daysBefore[Int(month - 1)] + (month > 2 && isLeap(year) ? 1 : 0)
        return past * 365 + leapDays + ofYear + day - 1 - 719_162
    }
}
