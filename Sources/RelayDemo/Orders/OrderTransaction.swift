/// One transaction of the shop: changes of orders and the events that tell of them.
public struct OrderTransaction: Equatable, Sendable {
    /// The columns of the outbox that an application fills.
    static let columns = "id, aggregate_type, aggregate_id, event_type, topic, partition_key, payload, headers"

    /// Everything up to COMMIT or ROLLBACK, for one round trip.
    public let statements: String
    /// "COMMIT" or "ROLLBACK".
    public let ending: String
    /// In the order in which they are inserted, those that are taken back included.
    public let events: [OrderEvent]

    init(_ statements: [String], events: [OrderEvent], ending: String = "COMMIT") {
        self.statements = (["BEGIN"] + statements).joined(separator: "; ")
        self.ending = ending
        self.events = events
    }

    static func insert(_ events: [OrderEvent]) -> String {
        "INSERT INTO outbox_events (\(columns)) VALUES \(events.map(\.values).joined(separator: ", "))"
    }
}
