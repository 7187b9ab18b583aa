/// A moment as texts of ISO-8601, UTC.
public struct UTCTime: Sendable {
    /// `YYYY-MM-DD`.
    public let day: String
    /// `YYYY-MM-DDTHH:MM:SS.mmmZ`.
    public let text: String

    /// - Parameter microseconds: since 1970.
    public init(microseconds: Int64) {
        let millisecondsPerDay: Int64 = 86_400_000
        let milliseconds = Self.floored(microseconds, by: 1000)
        let days = Self.floored(milliseconds, by: millisecondsPerDay)
        let time = milliseconds - days * millisecondsPerDay
        let (year, month, dayOfMonth) = Self.civil(days)
        day = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(dayOfMonth, 2))"
        let clock = [time / 3_600_000, time / 60_000 % 60, time / 1000 % 60].map { Self.padded($0, 2) }.joined(separator: ":")
        text = "\(day)T\(clock).\(Self.padded(time % 1000, 3))Z"
    }

    /// Gregorian date of a day number (0 is 1970-01-01), by eras of 400 years that begin on 1 March.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floored(shifted, by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func floored(_ value: Int64, by divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value.magnitude)
        let zeros = String(repeating: "0", count: max(0, width - digits.utf8.count))
        return (value < 0 ? "-" : "") + zeros + digits
    }
}
