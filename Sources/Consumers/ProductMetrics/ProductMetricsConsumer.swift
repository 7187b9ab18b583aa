public import ConsumerKit
import PostgresClient

/// What customers do with each product: likes, views and sales in `product_metrics`, none of them ever below zero.
///
/// An event whose payload carries `aggregate_version` counts only when that is newer than the last one counted of its aggregate; without
/// one, every event counts. A batch is one upsert. The tables cannot be rebuilt while live events go on: those would make the earlier
/// versions stale.
public struct ProductMetricsConsumer: EventConsumer {
    public let definition = ConsumerDefinition(
        name: "product-metrics", topics: ["catalog.events", "order.events"],
        eventTypes: ["LIKE_ADDED", "LIKE_REMOVED", "PRODUCT_VIEWED", "ORDER_CREATED", "ORDER_CANCELLED"],
        summary: "likes, views, pieces sold and their amount by product; stale versions are ignored")

    public init() {}

    public func apply(_ events: [ConsumedEvent], in transaction: EffectTransaction) throws(EffectError) {
        let reading = MetricsReading(events)
        for refusal in reading.refusals { transaction.reject(refusal.event, refusal.reason) }
        let plan = MetricsPlan(reading, versions: try versions(of: reading.aggregates, in: transaction))
        try write(plan, in: transaction)
        guard !plan.products.isEmpty else { return }
        let products = plan.products
        try transaction.execute(
            Self.count,
            [
                .integers(products.map(\.product)), .integers(products.map(\.likes.rise)), .integers(products.map(\.views)),
                .integers(products.map(\.pieces.rise)), .integers(products.map(\.amount.rise)),
                .integers(products.map(\.likes.fall)), .integers(products.map(\.pieces.fall)),
                .integers(products.map(\.amount.fall)),
            ])
    }

    /// A new row begins at zero, so the rise alone is its count. An existing one falls first; how far is not in EXCLUDED, but at the
    /// place that the product has in the sorted array (width_bucket is a binary search).
    private static let count = """
        INSERT INTO product_metrics AS m (product_id, like_count, view_count, sales_count, total_sales_amount)
        SELECT r.product_id, r.likes, r.views, r.pieces, r.amount
        FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
            AS r (product_id, likes, views, pieces, amount)
        ON CONFLICT (product_id) DO UPDATE
        SET like_count = greatest(m.like_count - ($6::bigint[])[width_bucket(m.product_id, $1::bigint[])], 0)
                + EXCLUDED.like_count,
            view_count = m.view_count + EXCLUDED.view_count,
            sales_count = greatest(m.sales_count - ($7::bigint[])[width_bucket(m.product_id, $1::bigint[])], 0)
                + EXCLUDED.sales_count,
            total_sales_amount =
                greatest(m.total_sales_amount - ($8::bigint[])[width_bucket(m.product_id, $1::bigint[])], 0)
                + EXCLUDED.total_sales_amount,
            updated_at = now()
        """

    // MARK: Versions

    private typealias Aggregate = MetricsReading.Aggregate

    /// The last versions, locked until the transaction ends.
    private func versions(
        of aggregates: [MetricsReading.Aggregate], in transaction: EffectTransaction
    ) throws(EffectError) -> [MetricsReading.Aggregate: Int64] {
        guard !aggregates.isEmpty else { return [:] }
        let result = try transaction.execute(
            """
            SELECT v.aggregate_type, v.aggregate_id, v.version
            FROM unnest($1::text[], $2::text[]) AS r (aggregate_type, aggregate_id)
            JOIN product_metrics_versions v USING (aggregate_type, aggregate_id)
            ORDER BY v.aggregate_type, v.aggregate_id
            FOR NO KEY UPDATE OF v
            """, [.texts(aggregates.map(\.type)), .texts(aggregates.map(\.id))])
        var versions: [Aggregate: Int64] = Dictionary(minimumCapacity: result.rowCount)
        for row in 0..<result.rowCount {
            guard let type = result.text(row, 0), let id = result.text(row, 1) else { continue }
            versions[Aggregate(type: type, id: id)] = result.integer(row, 2)
        }
        return versions
    }

    private func write(_ plan: MetricsPlan, in transaction: EffectTransaction) throws(EffectError) {
        if !plan.newVersions.isEmpty {
            let inserted = try transaction.execute(
                """
                INSERT INTO product_metrics_versions (aggregate_type, aggregate_id, version)
                SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
                ON CONFLICT (aggregate_type, aggregate_id) DO NOTHING
                """, Self.parameters(plan.newVersions))
            // What could not be locked because it was not there yet: the plan was made without it.
            guard inserted.affectedRows == plan.newVersions.count else {
                throw EffectError(.transient, "another transaction counted an aggregate's first event meanwhile")
            }
        }
        if !plan.raisedVersions.isEmpty {
            try transaction.execute(
                """
                UPDATE product_metrics_versions v SET version = r.version
                FROM unnest($1::text[], $2::text[], $3::bigint[]) AS r (aggregate_type, aggregate_id, version)
                WHERE v.aggregate_type = r.aggregate_type AND v.aggregate_id = r.aggregate_id
                """, Self.parameters(plan.raisedVersions))
        }
    }

    private static func parameters(_ versions: [MetricsPlan.Version]) -> [QueryParameter] {
        [
            .texts(versions.map(\.aggregate.type)), .texts(versions.map(\.aggregate.id)), .integers(versions.map(\.version)),
        ]
    }
}
