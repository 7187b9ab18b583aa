/// The transactions of one writer of the shop, one after the other; depends on the seed alone.
///
/// A commit whose outcome is unknown (the server was restarted) needs no care: each statement asks what is there. Whatever needs an order
/// of its own (an order, a place in a queue, a coupon) belongs to one writer.
struct ShopPlan {
    private let writer: Int
    private var random: XorShift
    private var number = 0
    /// Placed, and nothing decided.
    private var open: [Int] = []
    /// Paid, by whichever way.
    private var paid: [Int] = []
    /// Customers in the queue and how many steps they took.
    private var queue: [(user: Int, steps: Int)] = []

    init(writer: Int, seed: UInt64) {
        self.writer = writer
        random = XorShift(seed: seed &* 7_919 &+ UInt64(writer) &+ 1)
    }

    /// Statements of one transaction, to be executed in one round trip.
    mutating func next() -> String {
        number += 1
        let statements =
            switch random.below(100) {
            case ..<34: placeOrder()
            case ..<66: settle()
            case ..<74: cancelPaid()
            case ..<77: restock()
            case ..<87: visitProduct()
            case ..<93: moveInQueue()
            case ..<97: wantCoupon()
            case ..<99: changePrice()
            default: poison()
            }
        return "BEGIN; \(statements); COMMIT"
    }

    // MARK: Orders

    private mutating func placeOrder() -> String {
        let order = writer * 10_000_000 + number
        let user = 1 + random.below(ShopSchema.users)
        var lines: [Int: Int] = [:]
        for _ in 0...random.below(3) {
            // Now and then the one that is scarce.
            let product = random.below(25) == 0 ? 1 : 2 + random.below(ShopSchema.products - 1)
            lines[product] = 1 + random.below(3)
        }
        let items = lines.map { "(\(order), \($0.key), \($0.value), \(10 * $0.key))" }.joined(separator: ", ")
        let total = lines.reduce(0) { $0 + $1.value * 10 * $1.key }
        open.append(order)
        return """
            INSERT INTO orders (id, user_id, total_amount) VALUES (\(order), \(user), \(total));
            INSERT INTO order_items (order_id, product_id, qty, price) VALUES \(items);
            INSERT INTO stock_reservations (order_id, product_id, qty)
            SELECT order_id, product_id, qty FROM order_items WHERE order_id = \(order);
            \(Self.event("ORDER_CREATED", from: "orders o WHERE id = \(order)"))
            """
    }

    private mutating func settle() -> String {
        guard open.count > 3 else { return placeOrder() }
        let order = open.remove(at: random.below(open.count))
        switch random.below(20) {
        case ..<13:
            paid.append(order)
            return pay(order)
        case ..<16:
            paid.append(order)
            return Self.payAtOnce(order)
        case 16: return Self.payment(order, "FAILED", points: 0)
        case 17, 18: return cancel(order)
        // Cancelled, and paid nevertheless: the saga refuses the payment.
        default: return "\(cancel(order)); \(pay(order))"
        }
    }

    private mutating func pay(_ order: Int) -> String { Self.payment(order, "COMPLETED", points: random.below(6)) }

    private mutating func cancelPaid() -> String {
        guard paid.count > 20 else { return settle() }
        return cancel(paid.remove(at: random.below(paid.count)))
    }

    private mutating func cancel(_ order: Int) -> String {
        let type = random.below(2) == 0 ? "ORDER_CANCELLED" : "ORDER_CANCELED"
        return """
            WITH o AS (
                UPDATE orders SET status = 'CANCELLED', version = version + 1, updated_at = now()
                WHERE id = \(order) AND status IN ('PENDING', 'CONFIRMED') RETURNING *
            )
            \(Self.event(type, from: "o"))
            """
    }

    /// The short way, without a payment.
    private static func payAtOnce(_ order: Int) -> String {
        """
        WITH o AS (
            UPDATE orders SET status = 'CONFIRMED', version = version + 1, updated_at = now()
            WHERE id = \(order) AND status = 'PENDING' RETURNING *
        ), r AS (
            UPDATE stock_reservations r SET status = 'CONFIRMED' FROM o WHERE r.order_id = o.id
        )
        \(event("ORDER_PAID", from: "o"))
        """
    }

    private static func payment(_ order: Int, _ status: String, points: Int) -> String {
        """
        WITH p AS (
            INSERT INTO payments (id, order_id, user_id, amount, points_used, status)
            SELECT id, id, user_id, total_amount, \(points), '\(status)' FROM orders WHERE id = \(order)
            ON CONFLICT DO NOTHING RETURNING *
        )
        INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload)
        SELECT 'PAYMENT', p.id::text, 'PAYMENT_\(status)', 'payment.events', jsonb_build_object(
            'payment_id', p.id, 'order_id', p.order_id, 'user_id', p.user_id, 'amount', p.amount, 'points_used', p.points_used)
        FROM p
        """
    }

    /// An event about an order, with its lines; some payloads carry a date, of the others the day of the event counts.
    private static func event(_ type: String, from source: String) -> String {
        """
        INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload)
        SELECT 'ORDER', o.id::text, '\(type)', 'order.events', jsonb_strip_nulls(jsonb_build_object(
            'order_id', o.id, 'user_id', o.user_id, 'total_amount', o.total_amount,
            'date', CASE WHEN o.id % 4 > 0 THEN date '2026-03-01' + (o.id % 4)::integer END, 'items',
            (SELECT jsonb_agg(jsonb_build_object('product_id', i.product_id, 'qty', i.qty, 'price', i.price))
             FROM order_items i WHERE i.order_id = o.id)))
        FROM \(source)
        """
    }

    // MARK: Everything else

    private mutating func restock() -> String {
        let product = 2 + random.below(ShopSchema.products - 1)
        return Self.event(
            "RESTOCKED", "stock.events", of: "PRODUCT", product, "{\"product_id\": \(product), \"qty\": \(1 + random.below(9))}")
    }

    private mutating func visitProduct() -> String {
        let product = 1 + random.below(ShopSchema.products)
        let type = ["LIKE_ADDED", "PRODUCT_VIEWED", "PRODUCT_VIEWED"][random.below(3)]
        return Self.event(type, "catalog.events", of: "PRODUCT", product, "{\"product_id\": \(product), \"user_id\": 1}")
    }

    private mutating func changePrice() -> String {
        let product = 1 + random.below(ShopSchema.products)
        return Self.event(
            "PRICE_UPDATED", "product.events", of: "PRODUCT", product, "{\"product_id\": \(product), \"price\": \(number)}")
    }

    private mutating func moveInQueue() -> String {
        if queue.isEmpty || random.below(3) == 0 { queue.append((user: number, steps: 0)) }
        let place = random.below(queue.count)
        let (user, steps) = queue[place]
        queue[place].steps += 1
        if steps == 2 { queue.remove(at: place) }
        return Self.event(
            ["QUEUE_ENTERED", "QUEUE_ADMITTED", "QUEUE_LEFT"][steps], "flashsale.events", of: "FLASH_SALE", writer,
            "{\"flash_sale_id\": \(writer), \"user_id\": \(user)}")
    }

    private mutating func wantCoupon() -> String {
        let coupon = 2 * writer - (random.below(4) == 0 ? 0 : 1)
        // Now and then somebody who has it.
        let user = random.below(8) == 0 ? 1 + random.below(20) : number
        return Self.event(
            "COUPON_ISSUE_REQUESTED", "coupon.issue", of: "COUPON", coupon, "{\"coupon_id\": \(coupon), \"user_id\": \(user)}")
    }

    /// Published like any other event, and of no use to those who handle it.
    private mutating func poison() -> String {
        """
        INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload)
        VALUES ('ORDER', 'poison \(writer) \(number)', 'ORDER_PAID', 'order.events', '{"order_id": "none"}')
        """
    }

    private static func event(_ type: String, _ topic: String, of aggregate: String, _ id: Int, _ payload: String) -> String {
        """
        INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload)
        VALUES ('\(aggregate)', '\(id)', '\(type)', '\(topic)', '\(payload)')
        """
    }
}
