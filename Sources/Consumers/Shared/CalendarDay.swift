import ConsumerKit

/// A day of the Gregorian calendar, without a place: what daily figures are kept by.
public struct CalendarDay: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Days since 1970-01-01, which Postgres adds to `date 'epoch'`.
    public let number: Int64

    public init(number: Int64) { self.number = number }

    /// The UTC day of a moment.
    ///
    /// - Parameter microseconds: since 1970.
    public init(microseconds: Int64) { number = CivilDay.number(ofMicroseconds: microseconds) }

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
        guard year >= 1, (1...12).contains(month), day >= 1, day <= CivilDay.length(ofMonth: month, in: year) else { return nil }
        number = CivilDay.number(year: year, month: month, day: day)
    }

    public static func < (left: CalendarDay, right: CalendarDay) -> Bool { left.number < right.number }

    /// `YYYY-MM-DD`.
    public var description: String { CivilDay.text(number) }
}
