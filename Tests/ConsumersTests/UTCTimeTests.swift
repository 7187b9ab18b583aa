import Consumers
import Testing

struct `UTC time` {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (1_772_366_400_500_999, "2026-03-01T12:00:00.500Z"),
        (951_782_399_999_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
        (951_868_800_000_000, "2000-03-01T00:00:00.000Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"),
        (1_735_689_599_000_000, "2024-12-31T23:59:59.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
    ])
    func `moments are what the calendar says`(microseconds: Int64, text: String) {
        let time = UTCTime(microseconds: microseconds)
        #expect(time.text == text)
        #expect(time.day == String(text.prefix(10)))
    }
}
