import Configuration
import Testing

struct TimeSpanTests {
    @Test(
        arguments: [
            ("7d", 604_800_000, "7d"), ("1w", 604_800_000, "7d"), ("36h", 129_600_000, "36h"), ("24h", 86_400_000, "1d"),
            ("90m", 5_400_000, "90m"), ("90s", 90_000, "90s"), ("250ms", 250, "250ms"), ("1500ms", 1_500, "1500ms"),
            ("0s", 0, "0s"), ("36525d", 3_155_760_000_000, "36525d"),
        ] as [(String, Int64, String)])
    func `a length of time is read and shown`(text: String, milliseconds: Int64, shown: String) throws {
        let span = try TimeSpan(text)
        #expect(span.milliseconds == milliseconds)
        #expect(span.description == shown)
        #expect(try TimeSpan(span.description) == span)
    }

    @Test(arguments: [
        "", "7", "d", "7 d", " 7d", "-7d", "7.5d", "7D", "7days", "7d1h", "٧d", "99999999999999999999d", "36526d",
        "9223372036854775807w",
    ])
    func `anything else is refused`(text: String) {
        #expect(throws: TimeSpan.Failure.self) { try TimeSpan(text) }
    }
}
