import Kafka
import Testing

@Suite struct `Connection notices` {
    private let first = "127.0.0.1:9092/1: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)"
    private let again = "127.0.0.1:9092/1: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 9ms, 29 identical)"
    private let other = "127.0.0.1:9093/2: Connect to ipv4#127.0.0.1:9093 failed: Connection refused (after 0ms in state CONNECT)"

    /// One complaint after another: facility, text, milliseconds; tells which were news.
    private func news(_ complaints: [(String, String, Int64)]) -> [Bool] {
        var notices = ConnectionNotices()
        return complaints.map { notices.admits(facility: $0, text: $1, nowMilliseconds: $2) }
    }

    @Test func `a complaint is news once, whatever its counters say`() {
        let complaints: [(String, String, Int64)] = [
            ("FAIL", first, 0), ("FAIL", again, 1_000), ("FAIL", again, 59_000), ("FAIL", other, 59_001),
        ]
        #expect(news(complaints + [("ERROR", first, 59_002)]) == [true, false, false, true, true])
    }

    @Test func `after a success it is news again`() {
        var notices = ConnectionNotices()
        var news = [notices.admits(facility: "FAIL", text: first, nowMilliseconds: 0)]
        notices.forget()
        news.append(notices.admits(facility: "FAIL", text: again, nowMilliseconds: 1))
        #expect(news == [true, true])
    }

    @Test func `after a quiet time it is news again`() {
        let quiet = ConnectionNotices.quietMilliseconds
        #expect(news([("FAIL", first, 0), ("FAIL", first, quiet), ("FAIL", first, 2 * quiet + 1)]) == [true, false, true])
    }

    @Test func `endlessly varying complaints do not fill the memory or the log`() {
        #expect(news((0..<10_000).map { ("FAIL", "host-\($0)", 0) }).count { $0 } <= 64)
    }
}
