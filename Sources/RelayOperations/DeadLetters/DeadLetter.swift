import Kafka
import OutboxModel

/// One message of the dead-letter topic, as far as its headers tell.
package struct DeadLetter: Sendable {
    package let position: DeadLetterPosition
    /// When the broker has it from, ms since 1970; tells a letter from one at the same offset of a topic that was made anew.
    package let timestamp: Int64
    package let key: [UInt8]?
    /// The payload as it stood in the row; nil when there was none, or when it was left out.
    package let payload: [UInt8]?
    /// All of them, in their order.
    package let headers: [(name: String, value: [UInt8]?)]
    package let eventID: String?
    package let reason: String
    package let message: String
    /// Where the event was to go; nil when that was the trouble.
    package let originalTopic: String?
    package let eventType: String?
    package let aggregateType: String?
    package let lsn: String?
    /// Unix µs: when the relay gave it up, else the record's time.
    package let failedAt: Int64
    /// Bytes of a payload that was left out because the letter was too large.
    package let omittedPayload: String?

    /// - Parameter keepsPayload: false for lists: key and payload are not copied.
    init(_ record: borrowing RawRecord, keepsPayload: Bool = true) {
        var headers: [(name: String, value: [UInt8]?)] = []
        record.forEachHeader { name, value in
            headers.append((String(decoding: name, as: UTF8.self), value.map { Array($0) }))
            return true
        }
        self.init(
            position: DeadLetterPosition(partition: record.partition, offset: record.offset),
            timestamp: record.timestampMilliseconds ?? 0, key: keepsPayload ? record.key.map { Array($0) } : nil,
            payload: keepsPayload ? record.value.map { Array($0) } : nil, headers: headers)
    }

    package init(
        position: DeadLetterPosition, timestamp: Int64, key: [UInt8]?, payload: [UInt8]?,
        headers: [(name: String, value: [UInt8]?)]
    ) {
        self.position = position
        self.timestamp = timestamp
        self.key = key
        self.payload = payload
        self.headers = headers
        func text(_ name: String) -> String? {
            guard let value = headers.last(where: { $0.name == name })?.value, !value.isEmpty else { return nil }
            return String(decoding: value, as: UTF8.self)
        }
        eventID = text(DeadLetterHeader.eventID.rawValue) ?? text("event_id")
        reason = text(DeadLetterHeader.reason.rawValue) ?? "unknown"
        message = text(DeadLetterHeader.message.rawValue) ?? ""
        originalTopic = text(DeadLetterHeader.originalTopic.rawValue)
        eventType = text("event_type")
        aggregateType = text("aggregate_type")
        lsn = text(DeadLetterHeader.lsn.rawValue)
        failedAt =
            text(DeadLetterHeader.failedAt.rawValue).flatMap { TimePoint.parse($0, now: 0) } ?? timestamp * 1_000
        omittedPayload = text(DeadLetterHeader.omittedPayloadSize.rawValue)
    }

    /// The row's own headers: without those that the relay wrote.
    package var rowHeaders: [(name: String, value: [UInt8]?)] {
        let own = Set(DeadLetterHeader.allCases.map(\.rawValue) + ["event_id", "event_type", "aggregate_type"])
        return headers.filter { !own.contains($0.name) }
    }
}
