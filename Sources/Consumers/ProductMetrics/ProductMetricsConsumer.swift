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
        transaction.reject(reading.refusals)
        let products = MetricsPlan(reading, versions: try raise(reading.versions, in: transaction)).products
        guard !products.isEmpty else { return }
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

    /// Writes the highest versions and returns those that were there before, for aggregates that had one. The rows stay locked until the
    /// transaction ends, new ones as well, so no other transaction decides by the same version.
    private func raise(
        _ versions: [(of: MetricsReading.Aggregate, number: Int64)], in transaction: EffectTransaction
    ) throws(EffectError) -> [MetricsReading.Aggregate: Int64] {
        guard !versions.isEmpty else { return [:] }
        let result = try transaction.execute(
            """
            INSERT INTO product_metrics_versions AS v (aggregate_type, aggregate_id, version)
            SELECT r.aggregate_type, r.aggregate_id, r.version
            FROM unnest($1::text[], $2::text[], $3::bigint[]) AS r (aggregate_type, aggregate_id, version)
            ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE
            SET previous = v.version, version = greatest(v.version, EXCLUDED.version)
            RETURNING aggregate_type, aggregate_id, previous
            """, [.texts(versions.map(\.of.type)), .texts(versions.map(\.of.id)), .integers(versions.map(\.number))])
        var previous: [MetricsReading.Aggregate: Int64] = Dictionary(minimumCapacity: result.rowCount)
        for row in 0..<result.rowCount {
            guard let type = result.text(row, 0), let id = result.text(row, 1) else { continue }
            previous[MetricsReading.Aggregate(type: type, id: id)] = result.integer(row, 2)
        }
        return previous
    }
}
