import Glibc
import JSONReading
package import Realtime
import ServiceRuntime
import Telemetry

/// An event that an administrator makes up, to see whether it arrives. Pure but for its random id.
package struct TestMessage: Sendable {
    package struct Fault: Error, Equatable {
        package let description: String
    }

    package let eventID: String
    package let eventType: String
    package let channels: [ChannelName]
    /// JSON.
    let payload: String
    let occurredAt: Int64

    /// - Parameters:
    ///   - body: `{"channels":["public"],"event_type":"TEST","payload":{...}}`; every member may be missing.
    ///   - now: seconds since 1970.
    package init(_ body: [UInt8], now: Int64 = MonotonicTime.wallClockMicroseconds() / 1_000_000) throws(Fault) {
        let root: JSONView
        do throws(PayloadError) { root = try JSONDocument(body.isEmpty ? Array("{}".utf8) : body).root } catch {
            throw Fault(description: "the body is no JSON text")
        }
        guard root.isObject else { throw Fault(description: "the body is no JSON object") }
        var channels: [ChannelName] = []
        if root.has("channels") {
            guard let items = root.member("channels")?.asArray, items.count <= 32 else {
                throw Fault(description: "channels is no array of at most 32 names")
            }
            for item in items {
                guard let name = item.asString.flatMap({ ChannelName($0) }) else {
                    throw Fault(description: "channels has a name that no channel has")
                }
                channels.append(name)
            }
        }
        self.channels = channels.isEmpty ? [.publicEvents] : channels
        let type = root.member("event_type")?.asString ?? "TEST"
        guard EventTypes([type]) != nil else { throw Fault(description: "event_type is no name") }
        eventType = type
        payload = root.member("payload")?.text ?? "{}"
        eventID = Self.randomID()
        occurredAt = now
    }

    /// The envelope, as the relay writes it.
    package var value: [UInt8] {
        Array(
            """
            {"event_id":"\(eventID)","occurred_at":"\(Self.instant(occurredAt))","aggregate_type":"TEST","aggregate_id":"admin",\
            "event_type":"\(eventType)","payload":\(payload),"version":1}
            """.utf8)
    }

    package var headers: [(name: String, value: [UInt8]?)] {
        [
            ("event_id", Array(eventID.utf8)), ("event_type", Array(eventType.utf8)), ("aggregate_type", Array("TEST".utf8)),
            (FeedRecord.channelsHeader, Array(channels.map(\.text).joined(separator: ",").utf8)),
        ]
    }

    private static func randomID() -> String {
        var generator = SystemRandomNumberGenerator()
        let high = generator.next() & ~0xf000 | 0x4000
        let low = generator.next() & ~(3 << 62) | 1 << 63
        let digits = [high, low].map { number in
            let text = String(number, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
        var parts: [Substring] = []
        var rest = digits[...]
        for length in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return parts.joined(separator: "-")
    }

    private static func instant(_ seconds: Int64) -> String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        var text = [CChar](repeating: 0, count: 40)
        let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
