public import ConsumerKit

/// What a batch does to the stock. Pure: the events in their order, against what the database says.
///
/// An event takes effect as a whole or not at all, and no product ever falls below zero.
public struct StockPlan: Sendable {
    /// A row of `stock_history`.
    public struct Movement: Sendable {
        public let event: ConsumedEvent
        /// nil for RESTOCKED.
        public let order: Int64?
        public let product: Int64
        public let before: Int64
        public let after: Int64
    }

    /// A product as it stands after the batch.
    public struct Product: Sendable {
        public let id: Int64
        public let stock: Int64
        /// How often it changed: what its version is raised by, so that it does not depend on how events fall into batches.
        public let changes: Int64
        public let version: Int64
        /// The last event that changed it.
        public let cause: ConsumedEvent
    }

    /// An order that was cancelled before it took anything.
    public struct ClosedOrder: Sendable {
        public let order: Int64
        public let event: ConsumedEvent
    }

    /// In the order in which they happen.
    public private(set) var movements: [Movement] = []
    public private(set) var closedOrders: [ClosedOrder] = []
    public private(set) var refusals: [RejectedEvent] = []
    /// Products that changed, by id.
    public private(set) var products: [Product] = []

    private var facts: StockFacts

    public init(_ reading: StockReading, facts: StockFacts) {
        self.facts = facts
        for (event, request) in reading.requests where !facts.knownEvents.contains(event.id) {
            do throws(Refusal) {
                switch request {
                case .take(let order, let lines): try take(lines, for: order, event)
                case .giveBack(let order): try giveBack(order, event)
                case .add(let product, let qty):
                    try move([(product: product, delta: qty, name: "product_id")], order: nil, event)
                }
            } catch {
                refusals.append(RejectedEvent(event: event, reason: error.reason))
            }
        }
        products = changedProducts()
    }

    private struct Refusal: Error {
        let reason: String
    }

    // MARK: Events

    private mutating func take(_ lines: [OrderLine], for order: Int64, _ event: ConsumedEvent) throws(Refusal) {
        switch facts.orders[order] {
        case .took: throw Refusal(reason: "the order took its stock before, by another event")
        case .closed: throw Refusal(reason: "the order was cancelled before")
        case nil: break
        }
        var taken: [Int64: Int64] = [:]
        var changes: [(product: Int64, delta: Int64, name: String)] = []
        for (index, line) in lines.enumerated() {
            changes.append((product: line.product, delta: -line.qty, name: "items[\(index)]"))
            taken[line.product] = taken[line.product, default: 0].plus(line.qty)
        }
        try move(changes, order: order, event)
        facts.orders[order] = .took(taken)
    }

    /// Only what the order took, whatever the event lists: an order that was never paid gives nothing back.
    private mutating func giveBack(_ order: Int64, _ event: ConsumedEvent) throws(Refusal) {
        switch facts.orders[order] {
        case .took(let taken):
            let changes = taken.sorted { $0.key < $1.key }
            try move(changes.map { (product: $0.key, delta: $0.value, name: "a product of the order") }, order: order, event)
        case .closed: return
        case nil: closedOrders.append(ClosedOrder(order: order, event: event))
        }
        facts.orders[order] = .closed
    }

    /// All changes or none; several of one product become one movement.
    private mutating func move(
        _ changes: [(product: Int64, delta: Int64, name: String)], order: Int64?, _ event: ConsumedEvent
    ) throws(Refusal) {
        var after: [Int64: Int64] = [:]
        var touched: [Int64] = []
        for change in changes {
            guard let product = facts.products[change.product] else {
                throw Refusal(reason: "\(change.name): there is no such product")
            }
            if after[change.product] == nil { touched.append(change.product) }
            let (stock, overflows) = (after[change.product] ?? product.stock).addingReportingOverflow(change.delta)
            guard !overflows else { throw Refusal(reason: "\(change.name): the stock would be out of range") }
            guard stock >= 0 else { throw Refusal(reason: "\(change.name): insufficient stock") }
            after[change.product] = stock
        }
        facts.knownEvents.insert(event.id)
        for product in touched {
            guard let before = facts.products[product], let stock = after[product] else { continue }
            movements.append(Movement(event: event, order: order, product: product, before: before.stock, after: stock))
            facts.products[product] = StockFacts.Product(stock: stock, version: before.version + 1)
        }
    }

    // MARK: Products

    private func changedProducts() -> [Product] {
        var changes: [Int64: (count: Int64, cause: ConsumedEvent)] = [:]
        for movement in movements {
            changes[movement.product] = (count: (changes[movement.product]?.count ?? 0) + 1, cause: movement.event)
        }
        return changes.sorted { $0.key < $1.key }.compactMap { id, change in
            facts.products[id].map {
                Product(id: id, stock: $0.stock, changes: change.count, version: $0.version, cause: change.cause)
            }
        }
    }
}
