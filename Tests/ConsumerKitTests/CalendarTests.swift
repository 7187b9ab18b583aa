import ConsumerKit
import Testing

struct CalendarTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000", "000Z"), (1_772_366_400_500_999, "2026-03-01T12:00:00.500", "999Z"),
        (951_782_399_999_999, "2000-02-28T23:59:59.999", "999Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000", "000Z"),
        (951_868_800_000_000, "2000-03-01T00:00:00.000", "000Z"), (4_107_542_400_000_001, "2100-03-01T00:00:00.000", "001Z"),
        (1_735_689_599_000_000, "2024-12-31T23:59:59.000", "000Z"), (-1, "1969-12-31T23:59:59.999", "999Z"),
        (-86_400_000_000, "1969-12-31T00:00:00.000", "000Z"),
    ])
    func `moments are what the calendar says`(microseconds: Int64, text: String, rest: String) {
        #expect(InstantText.text(microseconds) == text + rest)
        #expect(InstantText.milliseconds(microseconds) == text + "Z")
        #expect(CivilDay.text(CivilDay.number(ofMicroseconds: microseconds)) == String(text.prefix(10)))
    }

    @Test func `every day of four centuries follows the one before`() {
        var (year, month, day) = (Int64(1900), Int64(1), Int64(1))
        for number in Int64(-25_567)...121_000 {
            guard CivilDay.number(year: year, month: month, day: day) == number else {
                Issue.record("\(year)-\(month)-\(day) is not day \(number)")
                return
            }
            day += 1
            if day > CivilDay.length(ofMonth: month, in: year) {
                day = 1
                month += 1
            }
            if month > 12 {
                month = 1
                year += 1
            }
        }
    }

    @Test(arguments: [Int64.min, .max]) func `no number stops the process`(microseconds: Int64) {
        #expect(InstantText.text(microseconds).hasSuffix("Z"))
    }
}
