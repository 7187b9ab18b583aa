import RelayOperations
import Testing

struct TimePointTests {
    /// 2026-01-02T03:04:05Z in µs.
    private static let moment: Int64 = 1_767_323_045_000_000

    @Test(arguments: [
        ("2026-01-02T03:04:05Z", moment), ("2026-01-02 03:04:05", moment), ("2026-01-02T05:04:05+02:00", moment),
        ("2026-01-01T22:34:05-0430", moment), ("2026-01-02T03:04:05.25Z", moment + 250_000),
        ("2026-01-02T03:04:05.123456Z", moment + 123_456), ("2026-01-02T03:04", moment - 5_000_000),
        ("2026-01-02", moment - 11_045_000_000), ("1970-01-01", 0), ("2024-02-29", 1_709_164_800_000_000),
        ("1969-12-31T23:59:59Z", -1_000_000),
    ])
    func `a moment is read, without an offset as UTC`(text: String, expected: Int64) {
        #expect(TimePoint.parse(text, now: 0) == expected)
    }

    @Test(
        arguments: [
            ("now", 0), ("90s", 90_000_000), ("5m", 300_000_000), ("2h", 7_200_000_000), ("1d12h", 129_600_000_000),
            ("1w", 604_800_000_000), ("250ms", 250_000),
        ] as [(String, Int64)])
    func `a length of time counts back from now`(text: String, span: Int64) {
        #expect(TimePoint.parse(text, now: Self.moment) == Self.moment - span)
    }

    @Test(arguments: [
        "", "yesterday", "2", "2x", "-2h", "2h-", "2026-13-01", "2026-02-29", "2026-01-02T25:00", "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05+2", "2026-01-02T03:04:05Zx", "20260102", "9999999999999999999d", "99999999999999d", "٢h",
    ])
    func `anything else is not a time`(text: String) {
        #expect(TimePoint.parse(text, now: 0) == nil)
    }

    @Test func `what is written is read again`() {
        for time in [0, Self.moment, Self.moment + 123_000, -1_000, 253_402_300_799_999_000] as [Int64] {
            #expect(TimePoint.parse(TimePoint.text(time), now: 0) == time)
        }
        #expect(TimePoint.text(Self.moment + 123_456) == "2026-01-02T03:04:05.123Z")
    }

    @Test func `a range is half-open, and refused when there is no time in it`() throws {
        let range = try TimeRange(since: "2h", until: "1h", now: 10_000_000_000)
        #expect(range == TimeRange(since: 2_800_000_000, until: 6_400_000_000))
        #expect(range.contains(2_800_000_000) && !range.contains(6_400_000_000) && !range.contains(nil))
        #expect(TimeRange().contains(nil))
        #expect(throws: OperationError.self) { try TimeRange(since: "1h", until: "2h", now: 0) }
        let error = #expect(throws: OperationError.self) { try TimeRange(since: nil, until: "soon", now: 0) }
        #expect(error?.description.contains("--until") == true)
    }
}
