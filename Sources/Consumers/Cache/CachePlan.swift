public import ConsumerKit

/// Which products a batch of events makes stale. Pure: the same events give the same plan.
public struct CachePlan: Sendable {
    /// Each once, in the order of the events.
    public private(set) var products: [Int64] = []
    public private(set) var refusals: [RejectedEvent] = []

    public init(_ events: [ConsumedEvent]) {
        var seen: Set<Int64> = []
        for event in events {
            do throws(PayloadError) {
                let product = try event.payload.integer("product_id")
                if seen.insert(product).inserted { products.append(product) }
            } catch {
                refusals.append(RejectedEvent(event: event, reason: error.message))
            }
        }
    }
}
