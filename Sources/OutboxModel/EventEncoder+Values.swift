internal import ByteCoding

extension EventEncoder {
    /// The envelope's fields in the order of the format's definition.
    mutating func appendEnvelope(
        _ row: EventRow, id: Range<Int>, aggregateID: Range<Int>, in bytes: RawSpan, kind: PayloadKind, time: Int64
    ) throws(Rejection) {
        guard let payload = row.payload else { throw Rejection(.payloadMissing, "the payload is NULL") }
        output.reserve(payload.count + 256)
        output.append("{\"event_id\":")
        try appendText(id, in: bytes, of: .id)
        output.append(",\"occurred_at\":\"")
        try appendTime(row.createdAt, in: bytes, commitTime: time)
        output.append("\",\"aggregate_type\":")
        try appendText(row.aggregateType, in: bytes, of: .aggregateType)
        output.append(",\"aggregate_id\":")
        guard output.appendJSONNumberOrString(bytes, in: aggregateID) else { throw Self.notText(.aggregateID) }
        output.append(",\"event_type\":")
        try appendText(row.eventType, in: bytes, of: .eventType)
        output.append(",\"payload\":")
        try appendJSONPayload(payload, in: bytes, kind: kind)
        if let version = row.version {
            output.append(",\"version\":")
            guard output.appendJSONNumberOrString(bytes, in: version) else { throw Self.notText(.version) }
            output.append(UInt8(ascii: "}"))
        } else {
            output.append(",\"version\":1}")
        }
    }

    /// CloudEvents 1.0 in JSON: the subject is the aggregate id; a NULL payload is an event without data.
    mutating func appendCloudEvent(
        _ row: EventRow, id: Range<Int>, aggregateID: Range<Int>, in bytes: RawSpan, kind: PayloadKind, time: Int64
    ) throws(Rejection) {
        guard let type = row.eventType, !type.isEmpty else {
            throw Rejection(.eventTypeMissing, "CloudEvents needs a type, and the event type is absent or empty")
        }
        output.append("{\"specversion\":\"1.0\",\"id\":")
        try appendText(id, in: bytes, of: .id)
        output.append(",\"source\":")
        let source = cloudEventsSource
        guard output.appendJSONString(unsafe source.span.bytes, in: source.indices) else { throw Self.notText(.id) }
        output.append(",\"type\":")
        try appendText(type, in: bytes, of: .eventType)
        if !aggregateID.isEmpty {
            output.append(",\"subject\":")
            try appendText(aggregateID, in: bytes, of: .aggregateID)
        }
        output.append(",\"time\":\"")
        try appendTime(row.createdAt, in: bytes, commitTime: time)
        output.append(UInt8(ascii: "\""))
        if let payload = row.payload {
            output.append(",\"datacontenttype\":\"application/json\",\"data\":")
            try appendJSONPayload(payload, in: bytes, kind: kind)
        }
        output.append(UInt8(ascii: "}"))
    }

    /// The payload alone; false for a tombstone.
    mutating func appendBarePayload(
        _ payload: Range<Int>?, in bytes: RawSpan, kind: PayloadKind
    ) throws(Rejection) -> Bool {
        guard let payload else { return false }
        switch kind {
        case .json, .text:
            output.append(contentsOf: bytes, in: payload)
        case .bytea:
            guard output.appendDecodedBytea(bytes, in: payload) else { throw Self.notBytea }
        }
        return true
    }

    /// The payload as a JSON value: as it came when the server has checked it, else checked here.
    private mutating func appendJSONPayload(
        _ payload: Range<Int>, in bytes: RawSpan, kind: PayloadKind
    ) throws(Rejection) {
        switch kind {
        case .json:
            output.append(contentsOf: bytes, in: payload)
        case .text:
            guard JSONScanner.isValue(bytes, in: payload) else { throw Self.notJSON }
            output.append(contentsOf: bytes, in: payload)
        case .bytea:
            scratch.removeAll(keepingCapacity: true)
            guard scratch.appendDecodedBytea(bytes, in: payload) else { throw Self.notBytea }
            guard scratch.withBytes({ JSONScanner.isValue($0, in: 0..<$0.byteCount) }) else { throw Self.notJSON }
            output.append(contentsOf: scratch)
        }
    }

    /// A text as a JSON string, NULL as the empty one.
    private mutating func appendText(_ text: Range<Int>?, in bytes: RawSpan, of role: ColumnRole) throws(Rejection) {
        guard output.appendJSONString(bytes, in: text ?? 0..<0) else { throw Self.notText(role) }
    }

    private mutating func appendTime(_ time: Range<Int>?, in bytes: RawSpan, commitTime: Int64) throws(Rejection) {
        guard let time else { return EventTime(unixMicroseconds: commitTime).append(to: &output) }
        guard let time = EventTime(postgresText: bytes, in: time) else {
            throw Rejection(.createdAtInvalid, "created_at is not a time of the years 1 to 9999")
        }
        time.append(to: &output)
    }

    private static func notText(_ role: ColumnRole) -> Rejection {
        Rejection(.textInvalid, "\(role.rawValue) is not UTF-8")
    }

    private static var notJSON: Rejection {
        Rejection(.payloadInvalid, "the payload is not JSON")
    }

    private static var notBytea: Rejection {
        Rejection(.payloadInvalid, "the payload is not a bytea in hexadecimal form")
    }
}

extension ByteBuffer {
    /// Decodes a bytea as Postgres prints it with bytea_output hex: `\x` and pairs of digits.
    fileprivate mutating func appendDecodedBytea(_ bytes: RawSpan, in range: Range<Int>) -> Bool {
        guard range.count >= 2, bytes.byte(range.lowerBound) == UInt8(ascii: "\\"),
            bytes.byte(range.lowerBound &+ 1) == UInt8(ascii: "x")
        else { return false }
        return appendDecodedHexadecimal(bytes, in: range.lowerBound &+ 2..<range.upperBound)
    }
}
