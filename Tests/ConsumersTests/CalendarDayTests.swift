import Consumers
import Testing

struct CalendarDayTests {
    @Test(arguments: [
        ("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11_016), ("2000-03-01", 11_017), ("2026-03-01", 20_513),
        ("0001-01-01", -719_162), ("9999-12-31", 2_932_896),
    ])
    func `A day has a number and a text`(text: String, number: Int64) {
        #expect(CalendarDay(text) == CalendarDay(number: number))
        #expect(CalendarDay(number: number).description == text)
    }

    @Test func `Every day of four centuries is read as it is written`() {
        for number in stride(from: Int64(-25_567), through: 121_000, by: 1) {
            let day = CalendarDay(number: number)
            guard CalendarDay(day.description) == day else {
                Issue.record("day \(number) is written \(day)")
                return
            }
        }
    }

    @Test(arguments: [
        "", "2026", "2026-3-1", "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "2026-04-31", "2026-01-00", "0000-01-01",
        "2026-01-01T00:00:00Z", "2026/01/01", "20260101", "+026-01-01", "２026-01-01",
    ])
    func `What is no day is refused`(text: String) {
        #expect(CalendarDay(text) == nil)
    }

    @Test(arguments: [
        (0, "1970-01-01"), (-1, "1969-12-31"), (86_399_999_999, "1970-01-01"), (86_400_000_000, "1970-01-02"),
        (-86_400_000_000, "1969-12-31"), (-86_400_000_001, "1969-12-30"),
    ])
    func `A moment belongs to its UTC day`(microseconds: Int64, text: String) {
        #expect(CalendarDay(microseconds: microseconds).description == text)
    }
}
