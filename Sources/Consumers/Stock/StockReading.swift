public import ConsumerKit

/// A batch of events, read for the stock: what each asks for, and what has to be looked up to decide it. Pure.
public struct StockReading: Sendable {
    enum Request: Sendable {
        case take(order: Int64, [OrderLine])
        case giveBack(order: Int64)
        case add(product: Int64, qty: Int64)
    }

    let requests: [(event: ConsumedEvent, request: Request)]
    public let refusals: [RejectedEvent]
    /// Orders whose past decides, sorted.
    public let orders: [Int64]
    /// Products that the events themselves name; those that an order gives back are in its past.
    public let products: Set<Int64>

    public init(_ events: [ConsumedEvent]) {
        var orders: Set<Int64> = []
        var products: Set<Int64> = []
        (requests, refusals) = events.reading { event throws(PayloadError) in (event, try Self.request(event)) }
        for (_, request) in requests {
            switch request {
            case .take(let order, let lines):
                orders.insert(order)
                products.formUnion(lines.lazy.map(\.product))
            case .giveBack(let order): orders.insert(order)
            case .add(let product, _): products.insert(product)
            }
        }
        self.orders = orders.sorted()
        self.products = products
    }

    private static func request(_ event: ConsumedEvent) throws(PayloadError) -> Request {
        switch event.eventType {
        case "ORDER_PAID":
            return .take(
                order: try event.payload.integer("order_id"), try OrderLine.read(event.payload, hasPrice: false))
        case "ORDER_CANCELLED": return .giveBack(order: try event.payload.integer("order_id"))
        case "RESTOCKED":
            let product = try event.payload.integer("product_id")
            let qty = try event.payload.integer("qty")
            guard qty > 0 else { throw PayloadError("qty is not above zero") }
            return .add(product: product, qty: qty)
        default: throw PayloadError("no change of stock is known for this event type")
        }
    }
}
