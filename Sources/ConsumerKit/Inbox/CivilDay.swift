/// Days of the Gregorian calendar, counted from 1970-01-01. Pure.
public enum CivilDay {
    /// Days from 1970-01-01 to this day. Years are counted from March, which puts the leap day last.
    public static func number(year: Int64, month: Int64, day: Int64) -> Int64 {
        let years = month > 2 ? year : year - 1
        let era = (years >= 0 ? years : years - 399) / 400
        let yearOfEra = years - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The UTC day of an instant in microseconds since 1970.
    public static func number(ofMicroseconds time: Int64) -> Int64 {
        let (day, rest) = time.quotientAndRemainder(dividingBy: microseconds)
        return rest < 0 ? day - 1 : day
    }

    /// Of one day.
    static let microseconds: Int64 = 86_400_000_000

    /// Days of a month, 1 to 12.
    public static func length(ofMonth month: Int64, in year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// `2026-11-21`, or with another separator.
    public static func text(_ number: Int64, separator: String = "-") -> String {
        let sinceMarch = number + 719_468
        let era = (sinceMarch >= 0 ? sinceMarch : sinceMarch - 146_096) / 146_097
        let dayOfEra = sinceMarch - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return padded(year, 4) + separator + padded(month, 2) + separator + padded(day, 2)
    }

    /// Digits with zeros before them.
    static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
