public import ByteCoding
public import PgOutput

extension EventEncoder {
    /// Longest value of a dead letter's header in bytes; what is longer is cut.
    private static let maximumHeaderValue = 1024

    /// Makes a rejected row into a message for the dead-letter topic.
    ///
    /// Key as far as there is one, the payload column's bytes as they came, the row's own headers if they can be read,
    /// and the headers of `DeadLetterHeader`. It works for every row, also one that `encode` could not make sense of.
    ///
    /// - Parameters:
    ///   - rejection: from `encode`, or the caller's own.
    ///   - lsn: position of the row's change.
    ///   - failedAt: Unix time in µs.
    ///   - maximumSize: the limit on `EncodedEvent.encodedSize`. A dead letter above it loses its value (and says so
    ///     in a header), then the row's own headers, then its key.
    /// - Returns: the message's parts, valid until the next event.
    public mutating func encodeDeadLetter(
        _ tuple: TupleData, in bytes: RawSpan, map: ColumnMap, rejection: Rejection, lsn: LSN, failedAt: Int64,
        maximumSize: Int = .max
    ) -> EncodedEvent {
        let row = EventRow(tuple, byteCount: bytes.byteCount, places: map.places)
        var parts = DeadLetterParts()
        while true {
            let event = encodeDeadLetter(
                row, in: bytes, rejection: rejection, lsn: lsn, failedAt: failedAt, with: parts)
            if event.encodedSize <= maximumSize || !parts.dropNext() { return event }
        }
    }

    private mutating func encodeDeadLetter(
        _ row: EventRow, in bytes: RawSpan, rejection: Rejection, lsn: LSN, failedAt: Int64, with parts: DeadLetterParts
    ) -> EncodedEvent {
        startMessage(rowBytes: bytes.byteCount)
        if let headers = row.headers, parts.hasRowHeaders { addDeadLetterHeaders(headers, in: bytes) }
        if let id = row.id { list.add("event_id", cut(id, in: bytes), of: bytes, to: &output) }
        if let type = row.eventType { list.add("event_type", cut(type, in: bytes), of: bytes, to: &output) }
        if let type = row.aggregateType { list.add("aggregate_type", cut(type, in: bytes), of: bytes, to: &output) }
        add(.reason, rejection.code.rawValue)
        add(.message, rejection.message)
        if writeTopic(of: row, in: bytes) {
            let name = scratch.count <= Self.maximumHeaderValue ? scratch.count : Self.maximumHeaderValue
            scratch.truncate(to: name)
            add(.originalTopic, scratch.withBytes { String(lossy: $0) })
        }
        add(.lsn, lsn.description)
        var eventID = 0..<0
        if let id = row.id {
            let nameEnd = output.count + DeadLetterHeader.eventID.rawValue.utf8.count + 1
            list.add("outbox_event_id", cut(id, in: bytes), of: bytes, to: &output)
            eventID = nameEnd..<output.count
        }
        add(.failedAt, Self.text(of: failedAt))
        if let payload = row.payload, !parts.hasValue { add(.omittedPayloadSize, String(payload.count)) }
        let key = parts.hasKey ? append(row.key, of: bytes) : nil
        let value = parts.hasValue ? append(row.payload, of: bytes) : nil
        return finishMessage(topic: deadLetterTopic, key: key, value: value, eventID: eventID)
    }

    private mutating func add(_ header: DeadLetterHeader, _ text: String) {
        list.add(header, text: text, to: &output)
    }

    private mutating func append(_ value: Range<Int>?, of bytes: RawSpan) -> Range<Int>? {
        guard let value else { return nil }
        let start = output.count
        output.append(contentsOf: bytes, in: value)
        return start..<output.count
    }

    /// The row's own headers: all of them or, when they cannot be read, none.
    private mutating func addDeadLetterHeaders(_ headers: Range<Int>, in bytes: RawSpan) {
        let column = HeadersColumn(reserved: [
            "event_id", "event_type", "aggregate_type", "outbox_error_reason", "outbox_error_message",
            "outbox_original_topic", "outbox_lsn", "outbox_event_id", "outbox_failed_at", "outbox_omitted_payload_bytes",
        ])
        if column.read(bytes, in: headers, to: &output, list: &list) != nil {
            list.removeAll()
            output.truncate(to: 0)
        }
    }

    /// The beginning of a value that is too long for a header, not cut inside of a character.
    private func cut(_ value: Range<Int>, in bytes: RawSpan) -> Range<Int> {
        guard value.count > Self.maximumHeaderValue else { return value }
        var end = value.lowerBound + Self.maximumHeaderValue
        while end > value.lowerBound, bytes.byte(end) & 0xC0 == 0x80 { end -= 1 }
        return value.lowerBound..<end
    }

    private static func text(of time: Int64) -> String {
        var buffer = ByteBuffer(minimumCapacity: 32)
        EventTime(unixMicroseconds: time).append(to: &buffer)
        return buffer.withBytes { String(lossy: $0) }
    }
}

extension String {
    /// Text of bytes that may not be UTF-8.
    fileprivate init(lossy bytes: RawSpan) {
        self = unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
