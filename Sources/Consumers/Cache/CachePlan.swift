public import ConsumerKit

/// Which products a batch of events makes stale. Pure: the same events give the same plan.
public struct CachePlan: Sendable {
    /// Each once, in the order of the events.
    public let products: [Int64]
    public let refusals: [RejectedEvent]

    public init(_ events: [ConsumedEvent]) {
        let products: [Int64]
        (products, refusals) = events.reading { event throws(PayloadError) in try event.payload.integer("product_id") }
        var seen: Set<Int64> = []
        self.products = products.filter { seen.insert($0).inserted }
    }
}
