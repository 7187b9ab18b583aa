import Foundation
import Telemetry
import Testing

@Suite struct LoggerTests {
    @Test func `a text line is time, level, message and the fields in their order`() {
        let collector = LineCollector()
        let logger = collector.logger(.text)
        logger.info("slot created", [.slot: "outbox_relay", .lsn: "0/1A2B"])
        logger.debug("frame read", [.bytes: 12, .durationMilliseconds: 0.5])
        logger.warning("broker lost")
        logger.error("stopped", [.events: .int(UInt64.max), .state: true])
        #expect(
            collector.lines == [
                "2026-11-21T02:03:04.567Z INFO  slot created slot=outbox_relay lsn=0/1A2B\n",
                "2026-11-21T02:03:04.567Z DEBUG frame read bytes=12 duration.ms=0.5\n",
                "2026-11-21T02:03:04.567Z WARN  broker lost\n",
                "2026-11-21T02:03:04.567Z ERROR stopped events=9223372036854775807 state=true\n",
            ])
    }

    @Test(arguments: [
        ("plain", "plain"), ("", "\"\""), ("two words", "\"two words\""), ("a\"b", "\"a\\\"b\""), ("a\\b", "\"a\\\\b\""),
        ("a=b", "\"a=b\""), ("a\nb\r\t", "\"a\\nb\\r\\t\""), ("\u{1B}[31m", "\"\\u{1b}[31m\""), ("über", "über"),
        ("\u{9B}0m", "\"\\u{9b}0m\""), ("a\u{2028}b", "\"a\\u{2028}b\""), ("\u{0}", "\"\\u{0}\""), ("日本", "日本"),
        ("a\u{A0}b", "\"a\u{A0}b\""),
    ])
    func `a text value that could be misread is quoted and escaped`(value: String, written: String) {
        let collector = LineCollector()
        collector.logger(.text).info("m", [.reason: .string(value)])
        #expect(collector.lines == ["2026-11-21T02:03:04.567Z INFO  m reason=\(written)\n"])
    }

    @Test func `a JSON line holds time, level, message and the fields in their order`() {
        let collector = LineCollector()
        collector.logger(.json).warning(
            "say \"hi\"", [.slot: "s", .count: 3, .durationMilliseconds: 0.25, .state: false, .attempt: .int(UInt8(7))])
        let start = #"{"ts":"2026-11-21T02:03:04.567Z","level":"warn","msg":"say \"hi\"","slot":"s","count":3,"#
        #expect(collector.lines == [start + #""duration.ms":0.25,"state":false,"attempt":7}"# + "\n"])
    }

    @Test(arguments: ["", "a\"b\\c/d", "a\nb\r\tc\u{0}\u{1}\u{1F}\u{7F}", "\u{1F600}é\u{2028}", "}", "\u{FFFD}"])
    func `a JSON line stays one object on one line, whatever a value holds`(value: String) throws {
        let collector = LineCollector()
        collector.logger(.json).error("m", [.error: .string(value)])
        let line = try #require(collector.lines.first)
        #expect(line.utf8.filter { $0 == 10 }.count == 1)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        #expect(object["error"] == value)
        #expect(object["level"] == "error")
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300, -0.0, .leastNonzeroMagnitude])
    func `any number keeps a JSON line valid`(value: Double) throws {
        let collector = LineCollector()
        collector.logger(.json).info("m", [.count: .double(value)])
        let line = try #require(collector.lines.first)
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
    }

    @Test func `a key given twice appears once, at its first place with its last value`() {
        let collector = LineCollector()
        collector.logger(.json).info("m", [.slot: "a", .lsn: "0/1", .slot: "b"])
        #expect(collector.lines.first?.hasSuffix(#""msg":"m","slot":"b","lsn":"0/1"}"# + "\n") == true)
    }

    @Test func `no key takes a name of the JSON format, and all follow one style`() {
        for key in LogKey.allCases {
            #expect(!["ts", "level", "msg"].contains(key.rawValue))
            #expect(key.rawValue.utf8.allSatisfy { (97...122).contains($0) || $0 == 46 }, "\(key.rawValue)")
        }
    }

    @Test(arguments: LogLevel.allCases)
    func `lines below the level are dropped before their fields are built`(level: LogLevel) {
        let collector = LineCollector()
        let logger = collector.logger(.text, level: level)
        var built = 0
        func fields() -> LogFields {
            built += 1
            return [:]
        }
        logger.debug("m", fields())
        logger.info("m", fields())
        logger.warning("m", fields())
        logger.error("m", fields())
        let expected = LogLevel.allCases.filter { $0 >= level }.count
        #expect(built == expected)
        #expect(collector.lines.count == expected)
        #expect(logger.isEnabled(.error))
        #expect(logger.isEnabled(.debug) == (level == .debug))
    }

    @Test(arguments: [
        ("debug", LogLevel.debug), ("INFO", .info), ("warn", .warning), ("Warning", .warning), ("error", .error),
        ("trace", nil), ("", nil),
    ])
    func `a level is read from its name`(name: String, level: LogLevel?) {
        #expect(LogLevel(name: name) == level)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_735_689_599_999, "2024-12-31T23:59:59.999Z"), (4_107_542_399_001, "2100-02-28T23:59:59.001Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
    ])
    func `times are written in UTC with milliseconds`(milliseconds: Int64, written: String) {
        let collector = LineCollector()
        collector.logger(.text, milliseconds: milliseconds).info("m")
        #expect(collector.lines == ["\(written) INFO  m\n"])
    }

    @Test func `every day of two centuries is written as Foundation writes it`() {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        for day in stride(from: Int64(-36_525), to: 36_525, by: 1) {
            let collector = LineCollector()
            collector.logger(.text, milliseconds: day * 86_400_000 + 1).info("m")
            let parts = calendar.dateComponents([.year, .month, .day], from: Date(timeIntervalSince1970: Double(day) * 86_400))
            let fields = [parts.year ?? 0, parts.month ?? 0, parts.day ?? 0].map { $0 < 10 ? "0\($0)" : "\($0)" }
            guard collector.lines[0].hasPrefix(fields.joined(separator: "-") + "T00:00:00.001Z ") else {
                Issue.record("day \(day): \(collector.lines[0])")
                return
            }
        }
    }

    @Test func `without a clock the wall clock is used`() throws {
        let collector = LineCollector()
        let before = Date().addingTimeInterval(-0.002)
        collector.wallClockLogger().info("m")
        let text = try #require(collector.lines.first?.split(separator: " ").first)
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        let date = try #require(formatter.date(from: String(text)))
        #expect(date >= before && date <= Date().addingTimeInterval(0.002))
    }

    @Test func `fields merge with the later value at the earlier place`() {
        let merged = LogFields(dictionaryLiteral: (.slot, "a"), (.lsn, "0/1")).merging([.slot: "b", .topic: "t"])
        #expect(merged == [.slot: "b", .lsn: "0/1", .topic: "t"])
        var fields = merged
        fields[.slot] = nil
        #expect(fields[.slot] == nil)
        #expect(fields[.topic] == "t")
    }
}
