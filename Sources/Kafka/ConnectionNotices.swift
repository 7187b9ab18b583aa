/// Decides which of librdkafka's complaints about connections are news. It repeats them for as long as a broker is away; a log
/// wants each once per outage. Pure: the time comes in.
package struct ConnectionNotices: Sendable {
    /// librdkafka repeats its complaints at least every 30 s while the trouble lasts, so after twice that without one it is over.
    package static let quietMilliseconds: Int64 = 60_000
    private static let capacity = 64

    private var seen: Set<String> = []
    private var latestMilliseconds: Int64 = .min

    package init() {}

    /// True for the facilities under which librdkafka reports lost or refused connections.
    package static func isAboutConnections(facility: String) -> Bool {
        facility == "FAIL" || facility == "ERROR" || facility == "REQTMOUT" || facility == "DISCONNECT"
    }

    /// True when this complaint was not made since the last success or quiet time. Numbers and what follows a parenthesis
    /// (elapsed time, repeat counts) do not make it a new one.
    package mutating func admits(facility: String, text: String, nowMilliseconds: Int64) -> Bool {
        if latestMilliseconds != .min, nowMilliseconds - latestMilliseconds > Self.quietMilliseconds { forget() }
        latestMilliseconds = nowMilliseconds
        let fingerprint = Self.fingerprint(facility, text)
        guard seen.count < Self.capacity, !seen.contains(fingerprint) else { return false }
        seen.insert(fingerprint)
        return true
    }

    /// Forgets all complaints: the brokers answer again.
    package mutating func forget() {
        guard !seen.isEmpty else { return }
        seen.removeAll()
    }

    private static func fingerprint(_ facility: String, _ text: String) -> String {
        var bytes = Array(facility.utf8)
        bytes.append(0)
        bytes.append(contentsOf: text.utf8.prefix { $0 != UInt8(ascii: "(") })
        return String(decoding: bytes, as: UTF8.self)
    }
}
