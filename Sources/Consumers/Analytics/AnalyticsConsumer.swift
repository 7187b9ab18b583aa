public import ConsumerKit
import PostgresClient

/// Daily figures of what was sold: `daily_sales`, `product_daily_stats`, and `daily_customers`, which makes the number of a day's
/// different customers exact.
///
/// A batch becomes two statements, whatever its size. Sums do not depend on order, so nothing waits for a dead letter, and the tables
/// can be derived again from the topic.
public struct AnalyticsConsumer: EventConsumer {
    public let definition = ConsumerDefinition(
        name: "analytics", topics: ["order.events"], eventTypes: ["ORDER_PAID"],
        summary: "sales, revenue and different customers by day, and pieces sold by product and day",
        rebuildTables: ["daily_sales", "daily_customers", "product_daily_stats"])

    public init() {}

    public func apply(_ events: [ConsumedEvent], in transaction: EffectTransaction) throws(EffectError) {
        let plan = SalesPlan(events)
        transaction.reject(plan.refusals)
        guard !plan.days.isEmpty else { return }
        try transaction.execute(
            Self.addProducts,
            [
                .integers(plan.products.map(\.product)), .integers(plan.products.map(\.day.number)),
                .integers(plan.products.map(\.pieces)), .integers(plan.products.map(\.revenue)),
            ])
        // The days come last: all batches of a day want the same row, and hold it until they commit.
        try transaction.execute(
            Self.addDays,
            [
                .integers(plan.customers.map(\.day.number)), .integers(plan.customers.map(\.user)),
                .integers(plan.days.map(\.day.number)), .integers(plan.days.map(\.orders)), .integers(plan.days.map(\.revenue)),
            ])
    }

    /// `unnest` gives the rows in the order of the arrays, so rows are locked in the plan's order.
    private static let addProducts = """
        INSERT INTO product_daily_stats AS s (product_id, date, purchase_count, revenue)
        SELECT r.product_id, date 'epoch' + r.day, r.pieces, r.revenue
        FROM unnest($1::bigint[], $2::integer[], $3::bigint[], $4::bigint[]) AS r (product_id, day, pieces, revenue)
        ON CONFLICT (product_id, date) DO UPDATE
        SET purchase_count = s.purchase_count + EXCLUDED.purchase_count, revenue = s.revenue + EXCLUDED.revenue
        """

    /// A customer counts for the day whose row this very statement inserted: two transactions never both insert it.
    private static let addDays = """
        WITH first_seen AS (
            INSERT INTO daily_customers (date, user_id)
            SELECT date 'epoch' + r.day, r.user_id FROM unnest($1::integer[], $2::bigint[]) AS r (day, user_id)
            ON CONFLICT (date, user_id) DO NOTHING
            RETURNING date
        ), counted AS (
            SELECT date, count(*) AS customers FROM first_seen GROUP BY date
        )
        INSERT INTO daily_sales AS s (date, total_orders, total_revenue, unique_customers)
        SELECT date 'epoch' + r.day, r.orders, r.revenue, coalesce(c.customers, 0)
        FROM unnest($3::integer[], $4::bigint[], $5::bigint[]) AS r (day, orders, revenue)
        LEFT JOIN counted c ON c.date = date 'epoch' + r.day
        ORDER BY r.day
        ON CONFLICT (date) DO UPDATE
        SET total_orders = s.total_orders + EXCLUDED.total_orders, total_revenue = s.total_revenue + EXCLUDED.total_revenue,
            unique_customers = s.unique_customers + EXCLUDED.unique_customers, updated_at = now()
        """
}
