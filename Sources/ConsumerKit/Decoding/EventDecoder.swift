public import Kafka

/// Reads the relay's envelope (`format=envelope`) out of records. Whatever the bytes are, the answer is a value: an event, or the
/// reason why there is none. Pure.
public struct EventDecoder: Sendable {
    private let eventTypes: Set<String>

    /// - Parameter eventTypes: what the consumer handles, in the spelling of `ConsumedEvent/eventType`.
    public init(eventTypes: Set<String>) {
        self.eventTypes = Set(eventTypes.map { Self.normalised(eventType: $0) })
    }

    public func decode(_ record: Record) -> DecodedRecord {
        // The relay writes the type into a header as well: what is not wanted need not be parsed.
        if let type = record.text(of: "event_type"), !type.isEmpty, !eventTypes.contains(Self.normalised(eventType: type)) {
            return .passedOver
        }
        do throws(PayloadError) {
            let event = try read(record)
            return eventTypes.contains(event.eventType) ? .event(event) : .passedOver
        } catch {
            return .undecodable(reason: error.message, eventID: record.text(of: "event_id").flatMap { UUIDText.normalised($0) })
        }
    }

    private func read(_ record: Record) throws(PayloadError) -> ConsumedEvent {
        guard let value = record.value else { throw PayloadError("the record has no value (a tombstone)") }
        guard !value.isEmpty else { throw PayloadError("the record's value is empty") }
        let root = try JSONDocument(value).root
        guard root.isObject else { throw PayloadError("the value is JSON, but no object") }
        guard let id = root.member("event_id") else {
            throw PayloadError(
                "the value is no envelope: event_id is missing (a payload alone, format=payload, is not supported by consumers)")
        }
        guard let id = id.asString.flatMap({ UUIDText.normalised($0) }) else { throw PayloadError("event_id is no UUID") }
        guard let occurredAt = EventTimeText.microseconds(try root.string("occurred_at")) else {
            throw PayloadError("occurred_at is no ISO 8601 instant")
        }
        let eventType = try root.string("event_type")
        guard !eventType.isEmpty else { throw PayloadError("event_type is empty") }
        guard let payload = root.member("payload") else { throw PayloadError("payload is missing") }
        guard payload.isObject else { throw PayloadError("payload is no object") }
        return ConsumedEvent(
            id: id, occurredAt: occurredAt, aggregateType: try root.optionalString("aggregate_type") ?? "",
            aggregateID: try aggregateID(root), eventType: Self.normalised(eventType: eventType),
            version: Int(try root.optionalInteger("version") ?? 1), payload: payload,
            place: TopicPartition(record.topic, record.partition), offset: record.offset, key: record.key,
            traceparent: record.text(of: "traceparent"))
    }

    private func aggregateID(_ root: JSONView) throws(PayloadError) -> String {
        guard let member = root.member("aggregate_id") else { throw PayloadError("aggregate_id is missing") }
        if let number = member.asInteger { return String(number) }
        guard let text = member.asString else { throw PayloadError("aggregate_id is neither an integer nor a string") }
        guard !text.isEmpty else { throw PayloadError("aggregate_id is empty") }
        return text
    }

    /// Both spellings of a cancelled order are one type.
    static func normalised(eventType: String) -> String {
        eventType == "ORDER_CANCELED" ? "ORDER_CANCELLED" : eventType
    }
}

extension Record {
    /// The last header of this name as text; nil when there is none or it has no value.
    func text(of header: String) -> String? {
        guard let found = headers.last(where: { $0.name == header }), let value = found.value else { return nil }
        return String(decoding: value, as: UTF8.self)
    }
}
