public import ConsumerKit
import PostgresClient

/// Keeps who waits, was admitted and left in the queues of flash sales: `flash_sale_queue_entries`.
///
/// A step that is illegal from where the customer stands is a dead letter. Others of the sale do not wait for it: the key is the sale, and
/// one customer's mistake must not stop the queue of all.
public struct FlashQueueConsumer: EventConsumer {
    public let definition = ConsumerDefinition(
        name: "flash-queue", topics: ["flashsale.events"],
        eventTypes: ["QUEUE_ENTERED", "QUEUE_ADMITTED", "QUEUE_LEFT"],
        summary: "who waits, was admitted and left in the queues of flash sales; illegal steps are refused")

    public init() {}

    public func apply(_ events: [ConsumedEvent], in transaction: EffectTransaction) throws(EffectError) {
        let reading = QueueReading(events)
        transaction.reject(reading.refusals)
        guard !reading.places.isEmpty else { return }
        let plan = QueuePlan(reading, entries: try entries(reading.places, in: transaction))
        transaction.reject(plan.refusals)
        if !plan.newRows.isEmpty {
            let inserted = try transaction.execute(
                """
                INSERT INTO flash_sale_queue_entries (flash_sale_id, user_id, status, entered_at, admitted_at, left_at)
                \(Self.rows)
                ON CONFLICT (flash_sale_id, user_id) DO NOTHING
                """, Self.parameters(plan.newRows))
            // What could not be locked because it was not there yet: the plan was made without it.
            guard inserted.affectedRows == plan.newRows.count else {
                throw EffectError(.transient, "another transaction wrote a customer's first entry meanwhile")
            }
        }
        if !plan.changedRows.isEmpty {
            try transaction.execute(
                """
                UPDATE flash_sale_queue_entries e
                SET status = r.status, entered_at = r.entered_at, admitted_at = r.admitted_at, left_at = r.left_at
                FROM (\(Self.rows)) r
                WHERE e.flash_sale_id = r.flash_sale_id AND e.user_id = r.user_id
                """, Self.parameters(plan.changedRows))
        }
    }

    /// The entries that there are, locked in their order until the transaction ends.
    private func entries(
        _ places: [QueueReading.Place], in transaction: EffectTransaction
    ) throws(EffectError) -> [QueueReading.Place: QueueEntry] {
        let result = try transaction.execute(
            """
            SELECT e.flash_sale_id, e.user_id, e.status, \(Self.microseconds("entered_at")),
                \(Self.microseconds("admitted_at")), \(Self.microseconds("left_at"))
            FROM unnest($1::bigint[], $2::bigint[]) AS r (flash_sale_id, user_id)
            JOIN flash_sale_queue_entries e USING (flash_sale_id, user_id)
            ORDER BY e.flash_sale_id, e.user_id
            FOR NO KEY UPDATE OF e
            """, [.integers(places.map(\.sale)), .integers(places.map(\.user))])
        var entries: [QueueReading.Place: QueueEntry] = Dictionary(minimumCapacity: result.rowCount)
        for row in 0..<result.rowCount {
            guard let sale = result.integer(row, 0), let user = result.integer(row, 1), let enteredAt = result.integer(row, 3),
                let status = result.text(row, 2).flatMap(QueueEntry.Status.init)
            else { continue }
            entries[QueueReading.Place(sale: sale, user: user)] = QueueEntry(
                status: status, enteredAt: enteredAt, admittedAt: result.integer(row, 4), leftAt: result.integer(row, 5))
        }
        return entries
    }

    private static func microseconds(_ column: String) -> String { "(extract(epoch FROM e.\(column)) * 1000000)::bigint" }

    /// A query of the rows that ``parameters(_:)`` holds.
    private static let rows = """
        SELECT r.flash_sale_id, r.user_id, r.status, timestamptz 'epoch' + r.entered_at * interval '1 microsecond' AS entered_at,
            timestamptz 'epoch' + r.admitted_at * interval '1 microsecond' AS admitted_at,
            timestamptz 'epoch' + r.left_at * interval '1 microsecond' AS left_at
        FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
            AS r (flash_sale_id, user_id, status, entered_at, admitted_at, left_at)
        """

    private static func parameters(_ rows: [QueuePlan.Row]) -> [QueryParameter] {
        [
            .integers(rows.map(\.place.sale)), .integers(rows.map(\.place.user)), .texts(rows.map(\.entry.status.rawValue)),
            .integers(rows.map(\.entry.enteredAt)), .texts(rows.map { $0.entry.admittedAt.map(String.init) }),
            .texts(rows.map { $0.entry.leftAt.map(String.init) }),
        ]
    }
}
