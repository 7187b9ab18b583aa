internal import Kafka

/// One record of a batch, read and decoded.
struct BatchItem: Sendable {
    let record: Record
    let decoded: DecodedRecord
    /// nil for a record that does not come from an assignment.
    let ticket: RecordTicket?

    var event: ConsumedEvent? { if case .event(let event) = decoded { event } else { nil } }

    var eventID: String? {
        switch decoded {
        case .event(let event): event.id
        case .undecodable(_, let id): id
        case .passedOver: nil
        }
    }

    var blockedKey: BlockedKey? { record.key.map { BlockedKey(topic: record.topic, key: $0) } }
}
