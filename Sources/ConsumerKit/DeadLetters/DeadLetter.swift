internal import Kafka

/// A record on its way to the dead-letter topic. Pure.
struct DeadLetter: Sendable {
    let record: Record
    let cause: DeadLetterCause
    let eventID: String?

    var topic: String { ConsumerKitSettings.deadLetterTopic(of: record.topic) }

    /// The record's own headers, then ours; a header of ours that the record brought along is replaced.
    func headers(consumer: String, group: String, omitsValue: Bool) -> [(name: String, value: [UInt8]?)] {
        let own = Set(DeadLetterHeader.allCases.map(\.rawValue))
        var headers = record.headers.filter { !own.contains($0.name) }
        func add(_ header: DeadLetterHeader, _ text: String) { headers.append((header.rawValue, Array(text.utf8))) }
        add(.consumer, consumer)
        add(.group, group)
        add(.topic, record.topic)
        add(.partition, String(record.partition))
        add(.offset, String(record.offset))
        if let time = record.timestampMilliseconds { add(.timestamp, String(time)) }
        add(.errorClass, cause.kind.rawValue)
        add(.reason, cause.reason)
        add(.attempts, String(cause.attempts))
        add(.firstFailedAt, InstantText.text(cause.firstFailedAt))
        add(.lastFailedAt, InstantText.text(cause.lastFailedAt))
        if let eventID { add(.eventID, eventID) }
        if omitsValue { add(.omittedValueBytes, String(record.value?.count ?? 0)) }
        return headers
    }
}
