import PostgresClient

/// Compares what the consumers made of the shop's events with what the shop wrote: every total to the last piece.
///
/// The truth are the outbox table and the shop's own tables; each check is a query for what contradicts it.
struct ShopAudit {
    /// Sentences, with examples; none when all adds up.
    private(set) var problems: [String] = []
    private let connection: Connection

    init(_ connection: Connection) throws {
        self.connection = connection
        for table in Self.tables { try connection.execute(table, timeoutMilliseconds: 60_000) }
        for (promise, query) in Self.checks { try check(promise, query) }
    }

    private mutating func check(_ promise: String, _ query: String) throws {
        let found = try connection.execute(query, timeoutMilliseconds: 60_000)
        guard found.rowCount > 0 else { return }
        let examples = (0..<min(3, found.rowCount)).map { row in
            (0..<found.columnCount).map { "\(found.columnNames[$0])=\(found.text(row, $0) ?? "NULL")" }.joined(separator: " ")
        }
        problems.append("\(promise): \(found.rowCount) exceptions, such as \(examples.joined(separator: "; "))")
    }

    /// A figure for the report.
    func count(_ query: String) throws -> Int64 { try connection.execute(query).integer(0, 0) ?? 0 }

    // MARK: What was written

    private static let tables = [
        """
        CREATE TEMP TABLE order_event AS
        SELECT id, replace(event_type, 'CANCELED', 'CANCELLED') AS type, (payload ->> 'order_id')::bigint AS order_id,
            (payload ->> 'user_id')::bigint AS user_id, (payload ->> 'total_amount')::bigint AS amount,
            coalesce((payload ->> 'date')::date, (created_at AT TIME ZONE 'UTC')::date) AS date, payload -> 'items' AS items, seq
        FROM outbox_events WHERE topic = 'order.events' AND aggregate_id NOT LIKE 'poison%'
        """,
        """
        CREATE TEMP TABLE line AS
        SELECT e.id, e.type, e.order_id, e.date, (i ->> 'product_id')::bigint AS product_id, (i ->> 'qty')::bigint AS qty,
            (i ->> 'price')::bigint AS price
        FROM order_event e, jsonb_array_elements(e.items) AS i
        """,
        """
        CREATE TEMP TABLE letter AS
        SELECT l.consumer_name, l.event_id, l.reason, e.event_type, e.aggregate_id, e.payload
        FROM consumer_dead_letters l LEFT JOIN outbox_events e ON e.id = l.event_id
        """,
        """
        CREATE TEMP TABLE taken AS
        SELECT e.id, e.order_id, EXISTS (SELECT FROM order_event c WHERE c.order_id = e.order_id AND c.type = 'ORDER_CANCELLED') AS is_cancelled
        FROM order_event e
        WHERE type = 'ORDER_PAID' AND NOT EXISTS (SELECT FROM letter l WHERE l.consumer_name = 'stock' AND l.event_id = e.id)
        """,
        """
        CREATE TEMP TABLE payment AS
        SELECT p.*, e.id AS event_id, EXISTS (SELECT FROM letter l WHERE l.consumer_name = 'order-saga' AND l.event_id = e.id) AS is_refused
        FROM payments p
        JOIN outbox_events e ON e.topic = 'payment.events' AND e.aggregate_id = p.id::text
        """,
        """
        CREATE TEMP TABLE told AS
        SELECT aggregate_id::bigint AS order_id, 'platform ' || (payload ->> 'status') AS what FROM outbox_events
        WHERE topic = 'data.platform'
        UNION ALL
        SELECT (payload ->> 'order_id')::bigint, 'browser' FROM outbox_events
        WHERE topic = 'realtime.events' AND event_type = 'ORDER_COMPLETED'
        """,
        """
        CREATE INDEX ON order_event (order_id); CREATE INDEX ON order_event (id); CREATE INDEX ON line (id);
        CREATE INDEX ON letter (event_id); CREATE INDEX ON told (order_id); CREATE INDEX ON taken (id);
        CREATE INDEX ON payment (order_id); ANALYZE
        """,
    ]

    // MARK: What must be

    private static let checks: [(promise: String, query: String)] = [
        ("stock is what there was and came, less what was paid, plus what was cancelled", stock),
        (
            "the history of a product has no gap",
            """
            SELECT * FROM (
                SELECT product_id, stock_before, lag(stock_after, 1, CASE WHEN product_id = 1 THEN \(ShopSchema.scarceStock)
                    ELSE \(ShopSchema.stock) END::bigint) OVER (PARTITION BY product_id ORDER BY seq) AS before
                FROM stock_history) AS h WHERE stock_before <> before
            """
        ),
        (
            "an ORDER_PAID takes all of its stock or nothing",
            """
            SELECT e.order_id, l.reason, h.rows FROM order_event e
            LEFT JOIN letter l ON l.consumer_name = 'stock' AND l.event_id = e.id,
            LATERAL (SELECT count(*) AS rows FROM stock_history WHERE event_id = e.id) AS h
            WHERE e.type = 'ORDER_PAID' AND h.rows <> CASE WHEN l.reason IS NULL THEN jsonb_array_length(e.items) ELSE 0 END
            """
        ),
        (
            "daily_sales are the paid orders, and its customers their customers",
            """
            SELECT date, s.total_orders, p.orders, s.total_revenue, p.revenue, s.unique_customers, p.customers
            FROM daily_sales s FULL JOIN (
                SELECT date, count(*) AS orders, sum(amount) AS revenue, count(DISTINCT user_id) AS customers
                FROM order_event WHERE type = 'ORDER_PAID' GROUP BY date) AS p USING (date)
            WHERE (s.total_orders, s.total_revenue, s.unique_customers) IS DISTINCT FROM (p.orders, p.revenue, p.customers)
            """
        ),
        (
            "product_daily_stats are the paid lines",
            """
            SELECT product_id, date, s.purchase_count, p.pieces, s.revenue, p.revenue
            FROM product_daily_stats s FULL JOIN (
                SELECT product_id, date, sum(qty) AS pieces, sum(qty * price) AS revenue
                FROM line WHERE type = 'ORDER_PAID' GROUP BY product_id, date) AS p USING (product_id, date)
            WHERE (s.purchase_count, s.revenue) IS DISTINCT FROM (p.pieces, p.revenue)
            """
        ),
        (
            "product_metrics are the likes, views and lines",
            """
            SELECT product_id, m.like_count, c.likes, m.view_count, c.views, m.sales_count, o.pieces, m.total_sales_amount, o.amount
            FROM product_metrics m FULL JOIN (
                SELECT aggregate_id::bigint AS product_id, count(*) FILTER (WHERE event_type = 'LIKE_ADDED') AS likes,
                    count(*) FILTER (WHERE event_type = 'PRODUCT_VIEWED') AS views
                FROM outbox_events WHERE topic = 'catalog.events' GROUP BY 1) AS c USING (product_id)
            FULL JOIN (
                SELECT product_id, sum(CASE type WHEN 'ORDER_CREATED' THEN qty ELSE -qty END) AS pieces,
                    sum(CASE type WHEN 'ORDER_CREATED' THEN qty * price ELSE -qty * price END) AS amount
                FROM line WHERE type IN ('ORDER_CREATED', 'ORDER_CANCELLED') GROUP BY 1) AS o USING (product_id)
            WHERE (coalesce(m.like_count, 0), coalesce(m.view_count, 0), coalesce(m.sales_count, 0), coalesce(m.total_sales_amount, 0))
                <> (coalesce(c.likes, 0), coalesce(c.views, 0), coalesce(o.pieces, 0), coalesce(o.amount, 0))
            """
        ),
        (
            "one notification per order event",
            """
            SELECT e.id, e.type, n.type AS notified FROM order_event e FULL JOIN notifications n ON n.event_id = e.id
            WHERE (e.type, e.user_id) IS DISTINCT FROM (n.type, n.user_id)
            """
        ),
        (
            "and one event to the user's browser for each",
            """
            SELECT type, order_id, n.count FROM order_event e LEFT JOIN (
                SELECT payload ->> 'type' AS type, (payload ->> 'order_id')::bigint AS order_id, count(*) FROM outbox_events
                WHERE topic = 'realtime.events' AND event_type = 'NOTIFICATION' GROUP BY 1, 2) AS n USING (type, order_id)
            WHERE n.count IS DISTINCT FROM 1
            """
        ),
        (
            "the queue is where each customer's last step led",
            """
            SELECT e.payload, q.status FROM (
                SELECT DISTINCT ON (payload) payload, event_type FROM outbox_events WHERE topic = 'flashsale.events'
                ORDER BY payload, seq DESC) AS e
            FULL JOIN flash_sale_queue_entries q
            ON q.flash_sale_id = (payload ->> 'flash_sale_id')::bigint AND q.user_id = (payload ->> 'user_id')::bigint
            WHERE q.status IS DISTINCT FROM CASE e.event_type
                WHEN 'QUEUE_ENTERED' THEN 'WAITING' WHEN 'QUEUE_ADMITTED' THEN 'ADMITTED' WHEN 'QUEUE_LEFT' THEN 'LEFT' END
            """
        ),
        (
            "coupons are issued within their limits, and each request is issued or refused",
            """
            SELECT c.id, c.issue_limit, c.issued_count, i.issued, r.asked, r.refused, r.customers, m.told FROM coupons c,
            LATERAL (SELECT count(*) AS issued FROM coupon_issues WHERE coupon_id = c.id) AS i,
            LATERAL (SELECT count(*) AS asked, count(l.event_id) AS refused, count(DISTINCT e.payload) AS customers
                FROM outbox_events e LEFT JOIN letter l ON l.event_id = e.id
                WHERE e.topic = 'coupon.issue' AND e.aggregate_id = c.id::text) AS r,
            LATERAL (SELECT count(*) AS told FROM outbox_events WHERE topic = 'realtime.events' AND event_type = 'COUPON_ISSUED'
                AND (payload ->> 'coupon_id')::bigint = c.id) AS m
            WHERE c.issued_count <> i.issued OR m.told <> i.issued OR i.issued + r.refused <> r.asked
                OR i.issued <> least(c.issue_limit, r.customers)
            """
        ),
        (
            "a completed payment confirms its order once, or is refused",
            """
            SELECT p.order_id, o.status, p.is_refused, s.paid, s.told, s.completed FROM payment p JOIN orders o ON o.id = p.order_id,
            LATERAL (SELECT (SELECT count(*) FROM order_event WHERE order_id = p.order_id AND type = 'ORDER_PAID') AS paid,
                (SELECT count(*) FROM told WHERE order_id = p.order_id AND what = 'platform CONFIRMED') AS told,
                (SELECT count(*) FROM told WHERE order_id = p.order_id AND what = 'browser') AS completed) AS s
            WHERE p.status = 'COMPLETED' AND (
                s.paid <> (NOT p.is_refused)::integer OR s.told <> s.paid OR s.completed <> s.paid
                OR NOT p.is_refused AND o.status NOT IN ('CONFIRMED', 'CANCELLED') OR p.is_refused AND o.status = 'CONFIRMED')
            """
        ),
        (
            "its points are used once, and given back when the order is cancelled",
            """
            SELECT p.order_id, p.points_used, o.status, h.used, h.refunded FROM payment p JOIN orders o ON o.id = p.order_id,
            LATERAL (SELECT coalesce(-sum(delta) FILTER (WHERE reason = 'USED'), 0) AS used,
                coalesce(sum(delta) FILTER (WHERE reason = 'REFUNDED'), 0) AS refunded
                FROM point_history WHERE order_id = p.order_id) AS h
            WHERE h.used <> CASE WHEN p.status = 'COMPLETED' AND NOT p.is_refused THEN p.points_used ELSE 0 END
                OR h.refunded <> CASE WHEN o.status = 'CANCELLED' THEN h.used ELSE 0 END
            """
        ),
        (
            "balances are what there was and the history",
            """
            SELECT user_id, balance, h.sum FROM point_accounts LEFT JOIN (
                SELECT user_id, sum(delta) FROM point_history GROUP BY user_id) AS h USING (user_id)
            WHERE balance <> coalesce(h.sum, 0) + CASE WHEN user_id = 1 THEN \(ShopSchema.scarcePoints) ELSE \(ShopSchema.points) END
            """
        ),
        (
            "each order took as many steps as led to its state, its reservation and its delivery follow it",
            """
            SELECT o.id, o.status, o.version, e.created, e.paid, e.cancelled, r.states, d.status AS delivery, p.status AS payment
            FROM orders o LEFT JOIN deliveries d ON d.order_id = o.id LEFT JOIN payment p ON p.order_id = o.id,
            LATERAL (SELECT count(*) FILTER (WHERE type = 'ORDER_CREATED') AS created, count(*) FILTER (WHERE type = 'ORDER_PAID') AS paid,
                count(*) FILTER (WHERE type = 'ORDER_CANCELLED') AS cancelled FROM order_event WHERE order_id = o.id) AS e,
            LATERAL (SELECT string_agg(DISTINCT status, ',') AS states FROM stock_reservations WHERE order_id = o.id) AS r
            WHERE e.created <> 1 OR o.version <> 1 + e.paid + e.cancelled + (o.status = 'FAILED')::integer
                OR e.cancelled <> (o.status = 'CANCELLED')::integer
                OR e.paid > (o.status IN ('CONFIRMED', 'CANCELLED'))::integer
                OR o.status = 'CONFIRMED' AND e.paid <> 1
                OR o.status = 'FAILED' AND p.status IS DISTINCT FROM 'FAILED'
                OR o.status = 'PENDING' AND p.status = 'FAILED'
                OR r.states IS DISTINCT FROM CASE o.status
                    WHEN 'PENDING' THEN 'RESERVED' WHEN 'CONFIRMED' THEN 'CONFIRMED' ELSE 'RELEASED' END
                OR d.status IS DISTINCT FROM CASE WHEN p.status = 'COMPLETED' AND e.paid = 1 THEN
                    CASE o.status WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'PREPARING' END END
            """
        ),
        ("dead letters are only those that must be", unexpectedLetters),
        (
            "each poison is a dead letter of each of its three readers",
            """
            SELECT e.id, count(l.consumer_name) FROM outbox_events e LEFT JOIN letter l ON l.event_id = e.id
            WHERE e.aggregate_id LIKE 'poison%' GROUP BY e.id HAVING count(l.consumer_name) <> 3
            """
        ),
        ("nothing is parked", "SELECT consumer_name, record_offset FROM consumer_parked"),
    ]

    private static let stock = """
        SELECT p.id, p.stock, h.delta, r.restocked, t.taken, t.given_back FROM products p,
        LATERAL (SELECT coalesce(sum(delta), 0) AS delta FROM stock_history WHERE product_id = p.id) AS h,
        LATERAL (SELECT coalesce(sum((payload ->> 'qty')::bigint), 0) AS restocked FROM outbox_events
            WHERE event_type = 'RESTOCKED' AND aggregate_id = p.id::text) AS r,
        LATERAL (SELECT coalesce(sum(l.qty), 0) AS taken, coalesce(sum(l.qty) FILTER (WHERE t.is_cancelled), 0) AS given_back
            FROM taken t JOIN line l USING (id) WHERE l.product_id = p.id) AS t
        WHERE p.stock < 0 OR p.stock <> CASE WHEN p.id = 1 THEN \(ShopSchema.scarceStock) ELSE \(ShopSchema.stock) END
                + r.restocked - t.taken + t.given_back
            OR h.delta <> r.restocked - t.taken + t.given_back
        """

    private static let unexpectedLetters = """
        SELECT consumer_name, reason, event_type, count(*) FROM letter WHERE NOT coalesce(
            aggregate_id LIKE 'poison%' AND consumer_name IN ('stock', 'analytics', 'notification')
            OR consumer_name = 'stock' AND event_type = 'ORDER_PAID' AND reason LIKE '%insufficient stock'
                AND payload -> 'items' @> '[{"product_id": 1}]'
            OR consumer_name = 'coupon-issue' AND reason IN ('the user has this coupon', 'the coupon''s limit is reached')
            OR consumer_name = 'order-saga' AND event_type LIKE 'PAYMENT%'
                AND reason LIKE 'an order that is CANCELLED cannot become %'
            OR consumer_name = 'order-saga' AND event_type = 'PAYMENT_COMPLETED' AND reason = 'the user has not enough points'
                AND payload ->> 'user_id' = '1', false)
        GROUP BY 1, 2, 3
        """
}
