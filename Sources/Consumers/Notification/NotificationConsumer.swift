public import ConsumerKit
import PostgresClient

/// Tells users of what became of their orders: one row in `notifications` per event, and one event to the user's browser.
///
/// The row's unique event id makes it repeatable: only an event whose row is new is told again.
public struct NotificationConsumer: EventConsumer {
    public let definition = ConsumerDefinition(
        name: "notification", topics: ["order.events"], eventTypes: ["ORDER_CREATED", "ORDER_PAID", "ORDER_CANCELLED"],
        summary: "a notification for the user of each order event, in the table and in the browser", isRepeatable: true)

    public init() {}

    public func apply(_ events: [ConsumedEvent], in transaction: EffectTransaction) throws(EffectError) {
        let plan = NotificationPlan(events)
        transaction.reject(plan.refusals)
        guard !plan.rows.isEmpty else { return }
        let inserted = try transaction.execute(
            """
            INSERT INTO notifications (user_id, type, message, event_id)
            SELECT user_id, type, message, event_id::uuid
            FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS r (user_id, type, message, event_id, place)
            ORDER BY place
            ON CONFLICT (event_id) DO NOTHING
            RETURNING event_id
            """,
            [
                .integers(plan.rows.map(\.user)), .texts(plan.rows.map(\.event.eventType)), .texts(plan.rows.map(\.message)),
                .texts(plan.rows.map(\.event.id)),
            ])
        // The usual case needs no look at the ids.
        let isNew: Set<String>? =
            inserted.rowCount == plan.rows.count
            ? nil : Set((0..<inserted.rowCount).compactMap { inserted.text($0, 0) })
        for row in plan.rows where isNew?.contains(row.event.id) ?? true {
            transaction.publish(
                UserEvent.message("NOTIFICATION", user: row.user, text: row.message, cause: row.event) {
                    $0.add("type", row.event.eventType)
                    $0.add("order_id", row.order)
                })
        }
    }
}
