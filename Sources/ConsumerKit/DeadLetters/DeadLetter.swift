internal import Kafka

/// A record on its way to the dead-letter topic. Pure.
struct DeadLetter: Sendable {
    let record: Record
    let cause: DeadLetterCause
    let eventID: String?
    /// Of the value, in hexadecimal digits; nil for a tombstone, and before the database has told it.
    var valueSHA256: String?

    var topic: String { ConsumerKitSettings.deadLetterTopic(of: record.topic) }

    /// The record's own headers, then ours; a header of ours that the record brought along is replaced.
    ///
    /// - Parameter origin: who buries it.
    func headers(_ origin: LetterOrigin, omitsValue: Bool) -> [(name: String, value: [UInt8]?)] {
        let own = Set(DeadLetterHeader.allCases.map(\.rawValue))
        var headers = record.headers.filter { !own.contains($0.name) }
        func add(_ header: DeadLetterHeader, _ text: String) { headers.append((header.rawValue, Array(text.utf8))) }
        add(.consumer, origin.consumer)
        add(.consumerVersion, origin.version)
        add(.group, origin.group)
        add(.instance, origin.instance)
        add(.topic, record.topic)
        add(.partition, String(record.partition))
        add(.offset, String(record.offset))
        if let time = record.timestampMilliseconds {
            add(.timestamp, String(time))
            add(.timestampType, record.timestampIsAppendTime ? "LogAppendTime" : "CreateTime")
        }
        add(.stage, cause.stage.rawValue)
        add(.errorClass, cause.kind.rawValue)
        add(.reason, cause.reason)
        add(.attempts, String(cause.attempts))
        add(.firstFailedAt, InstantText.text(cause.firstFailedAt))
        add(.lastFailedAt, InstantText.text(cause.lastFailedAt))
        if let eventID { add(.eventID, eventID) }
        if let valueSHA256 { add(.valueSHA256, valueSHA256) }
        if omitsValue { add(.omittedValueBytes, String(record.value?.count ?? 0)) }
        return headers
    }
}
