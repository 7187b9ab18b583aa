public import ConsumerKit
import PostgresClient

/// The one that changes `products.stock`: takes what is paid, gives back what is cancelled, adds what is restocked, and tells of it by
/// STOCK_UPDATED.
///
/// Nothing waits for a dead letter. An order's events that follow one stand on their own: a cancellation gives back what
/// `stock_history` says was taken, and closes an order that took nothing, so that its payment, when that is retried, is refused.
/// Restocking only adds, and a product must not wait for an operator to be on sale again.
///
/// Each change is in `stock_history` under its event's id, so applying an event again changes nothing, also when the inbox has forgotten it.
public struct StockConsumer: EventConsumer {
    public let definition = ConsumerDefinition(
        name: "stock", topics: ["order.events", "stock.events"],
        eventTypes: ["ORDER_PAID", "ORDER_CANCELLED", "RESTOCKED"],
        summary: "stock of products, never below zero, with a history of each change", isRepeatable: true)

    public init() {}

    public func apply(_ events: [ConsumedEvent], in transaction: EffectTransaction) throws(EffectError) {
        let reading = StockReading(events)
        transaction.reject(reading.refusals)
        var facts = try past(of: reading, events: events, in: transaction)
        facts.products = try lockProducts(of: reading, facts, in: transaction)
        let plan = StockPlan(reading, facts: facts)
        transaction.reject(plan.refusals)
        try write(plan, in: transaction)
        for product in plan.products { transaction.publish(Self.message(product)) }
    }

    // MARK: Looking up

    /// What the orders took and gave back, and which events are known already. Only an order's own events write its past, and they come
    /// one after the other, so it needs no lock.
    private func past(
        of reading: StockReading, events: [ConsumedEvent], in transaction: EffectTransaction
    ) throws(EffectError) -> StockFacts {
        var facts = StockFacts()
        let known = try transaction.execute(
            "SELECT DISTINCT event_id FROM stock_history WHERE event_id = ANY ($1::uuid[])", [.texts(events.map(\.id))])
        for row in 0..<known.rowCount { if let id = known.text(row, 0) { facts.knownEvents.insert(id) } }
        guard !reading.orders.isEmpty else { return facts }
        let past = try transaction.execute(
            """
            SELECT order_id, product_id, -sum(delta) AS taken, bool_or(reason = 'ORDER_CANCELLED') AS is_closed
            FROM stock_history WHERE order_id = ANY ($1::bigint[]) GROUP BY order_id, product_id
            UNION ALL
            SELECT order_id, NULL, NULL, true FROM stock_closed_orders WHERE order_id = ANY ($1::bigint[])
            """, [.integers(reading.orders)])
        for row in 0..<past.rowCount {
            guard let order = past.integer(row, 0) else { continue }
            switch facts.orders[order] {
            case .closed: continue
            case _ where past.boolean(row, 3) == true: facts.orders[order] = .closed
            case let state:
                guard let product = past.integer(row, 1), let qty = past.integer(row, 2) else { continue }
                var taken: [Int64: Int64] = [:]
                if case .took(let others) = state { taken = others }
                taken[product] = qty
                facts.orders[order] = .took(taken)
            }
        }
        return facts
    }

    /// Locks the products in the order of their ids: two batches wait for each other, but never in a circle. Not FOR UPDATE, which would
    /// hold up every new order that names one of them (order_items refers to products).
    private func lockProducts(
        of reading: StockReading, _ facts: StockFacts, in transaction: EffectTransaction
    ) throws(EffectError) -> [Int64: StockFacts.Product] {
        var wanted = reading.products
        for case .took(let taken) in facts.orders.values { wanted.formUnion(taken.keys) }
        guard !wanted.isEmpty else { return [:] }
        let locked = try transaction.execute(
            "SELECT id, stock, version FROM products WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE",
            [.integers(wanted.sorted())])
        var products: [Int64: StockFacts.Product] = Dictionary(minimumCapacity: locked.rowCount)
        for row in 0..<locked.rowCount {
            guard let id = locked.integer(row, 0), let stock = locked.integer(row, 1), let version = locked.integer(row, 2)
            else { continue }
            products[id] = StockFacts.Product(stock: stock, version: version)
        }
        return products
    }

    // MARK: Writing

    private func write(_ plan: StockPlan, in transaction: EffectTransaction) throws(EffectError) {
        if !plan.closedOrders.isEmpty {
            try transaction.execute(
                """
                INSERT INTO stock_closed_orders (order_id, event_id) SELECT * FROM unnest($1::bigint[], $2::uuid[])
                ON CONFLICT (order_id) DO NOTHING
                """, [.integers(plan.closedOrders.map(\.order)), .texts(plan.closedOrders.map(\.event.id))])
        }
        guard !plan.movements.isEmpty else { return }
        try transaction.execute(
            """
            UPDATE products p SET stock = r.stock, version = p.version + r.changes, updated_at = now()
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS r (id, stock, changes) WHERE p.id = r.id
            """,
            [
                .integers(plan.products.map(\.id)), .integers(plan.products.map(\.stock)),
                .integers(plan.products.map(\.changes)),
            ])
        // The rows' numbers follow the order of the arrays.
        try transaction.execute(
            """
            INSERT INTO stock_history (product_id, order_id, event_id, reason, stock_before, stock_after, delta)
            SELECT r.product_id, r.order_id, r.event_id, r.reason, r.stock_before, r.stock_after, r.stock_after - r.stock_before
            FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[])
                AS r (product_id, order_id, event_id, reason, stock_before, stock_after)
            """,
            [
                .integers(plan.movements.map(\.product)), .texts(plan.movements.map { $0.order.map(String.init) }),
                .texts(plan.movements.map(\.event.id)), .texts(plan.movements.map(\.event.eventType)),
                .integers(plan.movements.map(\.before)), .integers(plan.movements.map(\.after)),
            ])
    }

    private static func message(_ product: StockPlan.Product) -> OutboxMessage {
        OutboxMessage(
            topic: "stock.events", aggregateType: "PRODUCT", aggregateID: String(product.id), eventType: "STOCK_UPDATED",
            payload: """
                {"product_id":\(product.id),"stock":\(product.stock),"is_sold_out":\(product.stock == 0),\
                "aggregate_version":\(product.version)}
                """, traceparent: product.cause.traceparent)
    }
}
