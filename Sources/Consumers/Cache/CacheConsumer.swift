public import ConsumerKit

/// Empties the cache of products whose price, text or stock changed: the next reader fills it again (``ProductCache``).
///
/// Deleting needs no inbox and no order: once too often costs one read of the row. The batch's deletes go out in one round trip; any
/// failure of Redis is that dependency's, so nothing is left out.
public struct CacheConsumer: EventConsumer {
    public let definition = ConsumerDefinition(
        name: "cache", topics: ["product.events", "stock.events"],
        eventTypes: ["PRICE_UPDATED", "STOCK_UPDATED", "PRODUCT_UPDATED"],
        summary: "deletes cached products that changed from Redis", isRepeatable: true, usesInbox: false, dependencies: ["redis"])
    private let redis: RedisClient

    /// Products of one round trip: bounds what lies in hiredis's buffer.
    private static let chunk = 1_000

    public init(_ redis: RedisClient) { self.redis = redis }

    public func apply(_ events: [ConsumedEvent], in transaction: EffectTransaction) throws(EffectError) {
        let plan = CachePlan(events)
        transaction.reject(plan.refusals)
        do throws(RedisError) {
            var rest = plan.products[...]
            while !rest.isEmpty {
                try redis.runRepeatable(rest.prefix(Self.chunk).flatMap { ProductCache.invalidation(product: $0) })
                rest = rest.dropFirst(Self.chunk)
            }
        } catch {
            throw EffectError(.dependency("redis"), "redis: \(error.description)")
        }
    }
}
