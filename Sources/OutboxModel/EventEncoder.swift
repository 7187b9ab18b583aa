public import ByteCoding
public import PgOutput

/// Makes Kafka messages out of outbox rows: topic, key, value and headers.
///
/// It is the relay's hot path: it owns its buffers and uses them again for each event, so that an event costs no
/// allocation. One thread uses it at a time. Whatever the row holds, it does not trap: a row that cannot become a
/// message is rejected, and can then be made into a dead letter.
public struct EventEncoder: ~Copyable, Sendable {
    /// How many topic names are known at a time.
    public static let maximumTopics = 4096

    /// A buffer larger than this is given back after the event that needed it.
    private static let keptCapacity = 1 << 20

    public let format: MessageFormat
    let routing: RoutingPolicy
    /// The CloudEvents attribute `source`.
    let cloudEventsSource: [UInt8]
    let prefix: [UInt8]
    let defaultTopic: [UInt8]
    let headersColumn: HeadersColumn
    var topics = TopicTable(capacity: maximumTopics)
    /// The topic of rejected events; never evicted.
    public let deadLetterTopic: TopicID
    /// Headers, key and value of the last event.
    @usableFromInline
    var output = ByteBuffer(minimumCapacity: 4096)
    var scratch = ByteBuffer(minimumCapacity: 256)
    var list = HeaderList()

    /// `cloudEventsSource` is the attribute `source` of CloudEvents, a URI reference; the other formats do not use it.
    public init(format: MessageFormat, routing: RoutingPolicy, cloudEventsSource: String = "outbox-relay") {
        self.format = format
        self.routing = routing
        self.cloudEventsSource = Array(cloudEventsSource.utf8)
        prefix = Array(routing.prefix.utf8)
        defaultTopic = Array((routing.defaultTopic ?? "").utf8)
        headersColumn = HeadersColumn(reserved: format.headerNames)
        let name = Array(routing.deadLetterTopic.utf8)
        deadLetterTopic = unsafe topics.insert(name.span.bytes, pinned: true)
    }

    /// Encodes one row.
    ///
    /// - Parameters:
    ///   - tuple: the row, in the order of `map`'s columns.
    ///   - bytes: what the tuple's offsets count in.
    ///   - map: the columns of the row's table.
    ///   - commitTime: Unix time in µs; stands in for a created_at that is absent or NULL.
    /// - Returns: the message's parts in this encoder's bytes, valid until the next call, or why there is none.
    public mutating func encode(
        _ tuple: TupleData, in bytes: RawSpan, map: ColumnMap, commitTime: Int64
    ) -> EncodedEvent.Outcome {
        let row = EventRow(tuple, byteCount: bytes.byteCount, places: map.places)
        startMessage(rowBytes: bytes.byteCount)
        do {
            return .event(try encode(row, in: bytes, payloadKind: map.payloadKind, commitTime: commitTime))
        } catch {
            return .rejected(error)
        }
    }

    /// The name of a topic; `nil` when the place in the table has gone to another name.
    public func topicName(_ topic: TopicID) -> String? {
        topics.name(of: topic)
    }

    /// Number of headers of the last event.
    public var headerCount: Int { list.count }

    /// A header of the last event; `index` must be in `0..<headerCount`.
    public func header(at index: Int) -> EncodedHeader { list[index] }

    /// The bytes that the last event's places count in, valid inside `body`.
    @inlinable
    public borrowing func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try output.withBytes(body)
    }

    /// The bytes that the last event's places count in, for C; valid inside `body`.
    @unsafe
    @inlinable
    public borrowing func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe output.withUnsafeBytes(body)
    }

    mutating func startMessage(rowBytes: Int) {
        let keeps = output.capacity <= Self.keptCapacity || rowBytes > Self.keptCapacity / 2
        output.removeAll(keepingCapacity: keeps)
        if scratch.capacity > Self.keptCapacity { scratch.removeAll(keepingCapacity: false) }
        list.removeAll()
    }

    private mutating func encode(
        _ row: EventRow, in bytes: RawSpan, payloadKind: PayloadKind, commitTime: Int64
    ) throws(Rejection) -> EncodedEvent {
        guard !row.isDamaged else {
            throw Rejection(.tupleMismatch, "the row does not match its table's columns, or has a value that is not text")
        }
        guard let id = row.id, !id.isEmpty else { throw Rejection(.idMissing, "the event id is NULL or empty") }
        guard let aggregateID = row.aggregateID else {
            throw Rejection(.aggregateIDMissing, "the aggregate id is NULL")
        }
        let topic = try route(row, in: bytes)
        let eventID = addOwnHeaders(row, id: id, in: bytes)
        if let headers = row.headers { try addHeaders(headers, in: bytes) }
        let keyStart = output.count
        output.append(contentsOf: bytes, in: row.key ?? aggregateID)
        let key = keyStart..<output.count
        let valueStart = output.count
        var hasValue = true
        switch format {
        case .envelope:
            try appendEnvelope(row, id: id, aggregateID: aggregateID, in: bytes, kind: payloadKind, time: commitTime)
        case .cloudevents:
            try appendCloudEvent(row, id: id, aggregateID: aggregateID, in: bytes, kind: payloadKind, time: commitTime)
        case .payload, .debezium:
            hasValue = try appendBarePayload(row.payload, in: bytes, kind: payloadKind)
        }
        let value = hasValue ? valueStart..<output.count : nil
        return finishMessage(topic: topic, key: key, value: value, eventID: eventID)
    }

    func finishMessage(topic: TopicID, key: Range<Int>?, value: Range<Int>?, eventID: Range<Int>) -> EncodedEvent {
        EncodedEvent(
            topic: topic, key: key, value: value, eventID: eventID,
            encodedSize: (key?.count ?? 0) + (value?.count ?? 0) + list.encodedSize + 36)
    }

    /// Adds the headers that every event has and returns where the event id stands.
    private mutating func addOwnHeaders(_ row: EventRow, id: Range<Int>, in bytes: RawSpan) -> Range<Int> {
        switch format {
        case .debezium:
            list.add("id", id, of: bytes, to: &output)
        case .envelope, .payload, .cloudevents:
            list.add("event_id", id, of: bytes, to: &output)
        }
        let eventID = output.count - id.count..<output.count
        if format != .debezium {
            list.add("event_type", row.eventType, of: bytes, to: &output)
            list.add("aggregate_type", row.aggregateType, of: bytes, to: &output)
        }
        if format == .cloudevents {
            list.add("content-type", text: "application/cloudevents+json; charset=UTF-8", to: &output)
        }
        return eventID
    }

    private mutating func addHeaders(_ headers: Range<Int>, in bytes: RawSpan) throws(Rejection) {
        switch headersColumn.read(bytes, in: headers, to: &output, list: &list) {
        case nil: return
        case .notAnObject: throw Rejection(.headersNotAnObject, "the headers column holds JSON that is not an object")
        case .invalid:
            throw Rejection(.headersInvalid, "the headers column is not valid JSON, or has a name that is empty or has a NUL")
        }
    }
}
