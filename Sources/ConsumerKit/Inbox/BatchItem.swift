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

    /// Why records are dead letters that cannot even be read, by index: they are condemned before anything is tried.
    ///
    /// - Parameter now: wall clock, microseconds since 1970.
    static func undecodable(_ items: [BatchItem], now: Int64) -> [Int: DeadLetterCause] {
        var condemned: [Int: DeadLetterCause] = [:]
        for (index, item) in items.enumerated() {
            guard case .undecodable(let reason, _) = item.decoded else { continue }
            condemned[index] = DeadLetterCause(.badData, reason, stage: .decode, firstFailedAt: now, lastFailedAt: now)
        }
        return condemned
    }

    var blockedKey: BlockedKey? { record.key.map { BlockedKey(topic: record.topic, key: $0) } }
}
