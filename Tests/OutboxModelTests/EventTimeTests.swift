import Foundation
import OutboxModel
import Testing

struct EventTimeTests {
    private func occurredAt(_ createdAt: String?, commitTime: Int64 = 0) throws -> String? {
        let outcome = try TestOutcome(.order.with([.createdAt: createdAt]), commitTime: commitTime)
        guard case .message(let message) = outcome else {
            #expect(outcome.code == .createdAtInvalid)
            return nil
        }
        return try message.object()["occurred_at"] as? String
    }

    @Test(arguments: [
        ("2026-01-02 03:04:05.123456+00", "2026-01-02T03:04:05.123456Z"),
        ("2026-01-02 03:04:05+00", "2026-01-02T03:04:05.000000Z"),
        ("2026-01-02 03:04:05.1", "2026-01-02T03:04:05.100000Z"), ("2026-01-02T03:04:05.012Z", "2026-01-02T03:04:05.012000Z"),
        ("2026-01-02 03:04:05", "2026-01-02T03:04:05.000000Z"), ("2026-01-02 03:04:05.5+05:30", "2026-01-01T21:34:05.500000Z"),
        ("2026-12-31 23:30:00-01", "2027-01-01T00:30:00.000000Z"),
        ("2024-02-28 23:59:59.999999-00:00:01", "2024-02-29T00:00:00.999999Z"),
        ("2000-02-29 00:00:00+00", "2000-02-29T00:00:00.000000Z"),
        ("1900-01-01 00:00:00+00:19:32", "1899-12-31T23:40:28.000000Z"),
        ("0001-01-01 00:00:00+00", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31 23:59:59.999999+00", "9999-12-31T23:59:59.999999Z"),
        ("2026-03-01 00:00:00+14", "2026-02-28T10:00:00.000000Z"),
    ])
    func `a timestamp becomes ISO in UTC`(text: String, expected: String) throws {
        #expect(try occurredAt(text) == expected)
    }

    @Test(arguments: [
        "infinity", "-infinity", "0044-03-15 12:00:00+00 BC", "10000-01-01 00:00:00+00", "2026-01-02", "2026-01-02 03:04",
        "2026-13-01 00:00:00", "2026-00-01 00:00:00", "2026-02-29 00:00:00", "1900-02-29 00:00:00", "2026-04-31 00:00:00",
        "2026-01-00 00:00:00", "2026-01-02 24:00:00", "2026-01-02 03:60:00", "2026-01-02 03:04:60", "2026-01-02 03:04:05.",
        "2026-01-02 03:04:05.1234567", "2026-01-02 03:04:05+", "2026-01-02 03:04:05+0", "2026-01-02 03:04:05+16",
        "2026-01-02 03:04:05+01:",
        "2026-01-02 03:04:05+01:60", "2026-01-02 03:04:05+01:00:00:00", "2026-01-02 03:04:05 UTC", "2026-01-02_03:04:05",
        "Thu Jan 02 2026",
        "02.01.2026 03:04:05.00", "1767323045123456789", "0000-01-01 00:00:00", "0001-01-01 00:00:00+01",
        "9999-12-31 23:59:59-01", "2026-01-02 03:04:05Zz",
    ])
    func `anything else is rejected`(text: String) throws {
        #expect(try occurredAt(text) == nil)
    }

    @Test func `a timestamp cut anywhere does not trap`() throws {
        let text = "2026-01-02 03:04:05.123456+05:30:15"
        for count in 0..<text.count {
            _ = try occurredAt(String(text.prefix(count)))
        }
    }

    @Test func `the commit time agrees with Foundation's calendar`() throws {
        let formatter = ISO8601DateFormatter()
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        for second in stride(from: -11_000_000_000 as Int64, through: 250_000_000_000, by: 86_413 * 2_003) {
            let expected = formatter.string(from: Date(timeIntervalSince1970: Double(second))).dropLast() + ".000042Z"
            #expect(try occurredAt(nil, commitTime: second * 1_000_000 + 42) == String(expected))
        }
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"), (Int64.min, "0001-01-01T00:00:00.000000Z"),
            (Int64.max, "9999-12-31T23:59:59.999999Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
        ] as [(Int64, String)])
    func `the commit time stands in, within the years 1 to 9999`(time: Int64, expected: String) throws {
        #expect(try occurredAt(nil, commitTime: time) == expected)
    }
}
