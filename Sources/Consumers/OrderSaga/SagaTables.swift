import ConsumerKit
import PostgresClient

/// Reads what a plan of the saga needs, and writes what it says.
///
/// Rows are locked in one order by all lanes: orders by id, then deliveries by order, then point accounts by user. Whoever moves an
/// order locks its row first, so reservations and histories need no lock of their own. The locks leave foreign keys of others alone
/// (NO KEY).
struct SagaTables {
    let transaction: EffectTransaction

    // MARK: Reading

    func state(for requests: [SagaRequest]) throws(EffectError) -> SagaState {
        var state = SagaState()
        try readOrders(Set(requests.map(\.order)).sorted(), into: &state)
        let known = requests.filter { state.orders[$0.order] != nil }
        var confirmed: Set<Int64> = []
        var cancelled: Set<Int64> = []
        var users: Set<Int64> = []
        for request in known {
            switch request.step {
            case .confirm(let points):
                confirmed.insert(request.order)
                if points > 0, let order = state.orders[request.order] { users.insert(order.user) }
            case .cancel: cancelled.insert(request.order)
            case .fail: break
            }
        }
        if !confirmed.isEmpty { try readReservedOrders(confirmed.sorted(), into: &state) }
        if !cancelled.isEmpty { try readDoneForOrders(cancelled.sorted(), into: &state) }
        for order in state.usedPoints.keys { if let user = state.orders[order]?.user { users.insert(user) } }
        if !users.isEmpty { try readBalances(users.sorted(), into: &state) }
        return state
    }

    private func readOrders(_ ids: [Int64], into state: inout SagaState) throws(EffectError) {
        let rows = try transaction.execute(
            "SELECT id, user_id, status, total_amount FROM orders WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE",
            [.integers(ids)])
        for row in 0..<rows.rowCount {
            guard let id = rows.integer(row, 0), let user = rows.integer(row, 1), let total = rows.integer(row, 3) else {
                continue
            }
            guard let status = rows.text(row, 2).flatMap(OrderStatus.init(rawValue:)) else {
                throw EffectError(.unknown, "orders.status holds a state that the saga does not know")
            }
            state.orders[id] = SagaState.Order(user: user, status: status, totalAmount: total)
        }
    }

    private func readReservedOrders(_ ids: [Int64], into state: inout SagaState) throws(EffectError) {
        let items = try transaction.execute(
            """
            SELECT order_id, product_id, qty, price FROM order_items WHERE order_id = ANY ($1::bigint[])
            ORDER BY order_id, product_id
            """, [.integers(ids)])
        for row in 0..<items.rowCount {
            guard let order = items.integer(row, 0), let product = items.integer(row, 1), let quantity = items.integer(row, 2),
                let price = items.integer(row, 3)
            else { continue }
            state.items[order, default: []].append(SagaState.Item(product: product, quantity: quantity, price: price))
        }
        let released = try transaction.execute(
            "SELECT DISTINCT order_id FROM stock_reservations WHERE order_id = ANY ($1::bigint[]) AND status = 'RELEASED'",
            [.integers(ids)])
        state.released = Set((0..<released.rowCount).compactMap { released.integer($0, 0) })
    }

    private func readDoneForOrders(_ ids: [Int64], into state: inout SagaState) throws(EffectError) {
        let deliveries = try transaction.execute(
            """
            SELECT order_id, status FROM deliveries WHERE order_id = ANY ($1::bigint[]) ORDER BY order_id FOR NO KEY UPDATE
            """, [.integers(ids)])
        for row in 0..<deliveries.rowCount {
            guard let order = deliveries.integer(row, 0) else { continue }
            guard let status = deliveries.text(row, 1).flatMap(SagaState.Delivery.init(rawValue:)) else {
                throw EffectError(.unknown, "deliveries.status holds a state that the saga does not know")
            }
            state.deliveries[order] = status
        }
        let used = try transaction.execute(
            """
            SELECT order_id, -delta FROM point_history AS used WHERE order_id = ANY ($1::bigint[]) AND reason = 'USED'
            AND NOT EXISTS (SELECT FROM point_history WHERE order_id = used.order_id AND reason = 'REFUNDED')
            """, [.integers(ids)])
        for row in 0..<used.rowCount {
            if let order = used.integer(row, 0), let points = used.integer(row, 1) { state.usedPoints[order] = points }
        }
    }

    private func readBalances(_ users: [Int64], into state: inout SagaState) throws(EffectError) {
        let rows = try transaction.execute(
            """
            SELECT user_id, balance FROM point_accounts WHERE user_id = ANY ($1::bigint[]) ORDER BY user_id FOR NO KEY UPDATE
            """, [.integers(users)])
        for row in 0..<rows.rowCount {
            if let user = rows.integer(row, 0), let balance = rows.integer(row, 1) { state.balances[user] = balance }
        }
    }

    // MARK: Writing

    func write(_ plan: SagaPlan) throws(EffectError) {
        try write(orders: plan.orders)
        try write(reservations: plan.reservations)
        try write(deliveries: plan.deliveries)
        if !plan.pointMovements.isEmpty { try write(points: plan) }
    }

    private func write(orders: [Int64: SagaPlan.OrderChange]) throws(EffectError) {
        guard !orders.isEmpty else { return }
        try transaction.execute(
            """
            UPDATE orders SET status = c.status, version = version + c.steps, updated_at = now()
            FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS c (id, status, steps) WHERE orders.id = c.id
            """,
            [.integers(orders.keys), .texts(orders.values.map(\.status.rawValue)), .integers(orders.values.map(\.steps))])
    }

    private func write(reservations: [Int64: SagaPlan.Reservation]) throws(EffectError) {
        guard !reservations.isEmpty else { return }
        try transaction.execute(
            """
            UPDATE stock_reservations AS r SET status = c.status, updated_at = now()
            FROM unnest($1::bigint[], $2::text[]) AS c (order_id, status) WHERE r.order_id = c.order_id AND r.status <> c.status
            """, [.integers(reservations.keys), .texts(reservations.values.map(\.rawValue))])
    }

    private func write(deliveries: [Int64: SagaState.Delivery]) throws(EffectError) {
        guard !deliveries.isEmpty else { return }
        try transaction.execute(
            """
            INSERT INTO deliveries (order_id, status) SELECT * FROM unnest($1::bigint[], $2::text[])
            ON CONFLICT (order_id) DO UPDATE SET status = EXCLUDED.status, updated_at = now()
            """, [.integers(deliveries.keys), .texts(deliveries.values.map(\.rawValue))])
    }

    private func write(points plan: SagaPlan) throws(EffectError) {
        let balances = plan.balances
        // Known users are locked, so what was read still holds.
        try transaction.execute(
            """
            UPDATE point_accounts AS a SET balance = c.balance, updated_at = now()
            FROM unnest($1::bigint[], $2::bigint[]) AS c (user_id, balance) WHERE a.user_id = c.user_id
            """, [.integers(balances.keys), .integers(balances.values)])
        let movements = plan.pointMovements
        try transaction.execute(
            """
            INSERT INTO point_history (user_id, order_id, event_id, reason, balance_before, balance_after, delta)
            SELECT user_id, order_id, event_id::uuid, CASE WHEN delta < 0 THEN 'USED' ELSE 'REFUNDED' END,
                   balance_before, balance_before + delta, delta
            FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[]) WITH ORDINALITY
                 AS m (user_id, order_id, event_id, balance_before, delta, place)
            ORDER BY place
            """,
            [
                .integers(movements.map(\.user)), .integers(movements.map(\.order)), .texts(movements.map(\.eventID)),
                .integers(movements.map(\.before)), .integers(movements.map(\.delta)),
            ])
    }
}
