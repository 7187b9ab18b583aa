import ConsumerKit
import TestSupport

/// What the contract suite does to one consumer: rows that are there before, its events in their order, and what to compare after.
///
/// The events are such that the order among different keys changes nothing: whatever refusal there is comes in every order.
struct ContractScenario {
    var seed: [String] = []
    var events = ShopEvents()
    /// Everything that the consumer changed, in an order of its own.
    var queries: [String] = []

    /// The events that it wrote to the outbox, each once.
    static let messages = """
        SELECT topic, aggregate_type, aggregate_id, partition_key, event_type, payload FROM outbox_events
        ORDER BY topic, aggregate_id, event_type, payload::text
        """

    /// nil for a consumer that nobody has written a scenario for.
    static func of(_ consumer: String) throws -> ContractScenario? {
        switch consumer {
        case "analytics": try analytics()
        case "product-metrics": try productMetrics()
        case "stock": try stock()
        case "flash-queue": try flashQueue()
        case "notification": try notification()
        case "coupon-issue": try couponIssue()
        case "order-saga": try orderSaga()
        case "cache": try cache()
        case "data-platform": try dataPlatform()
        default: nil
        }
    }

    private static func analytics() throws -> ContractScenario {
        var scenario = ContractScenario()
        for order in 1...60 as ClosedRange<Int64> {
            try scenario.events.order(
                "ORDER_PAID", order, user: order % 7, date: order % 2 == 0 ? "2026-03-0\(1 + order % 3)" : nil,
                [(product: order % 5, qty: 1 + order % 3, price: 100), (product: 9, qty: 1, price: order)])
        }
        scenario.queries = [
            "SELECT date, total_orders, total_revenue, unique_customers FROM daily_sales ORDER BY 1",
            "SELECT * FROM daily_customers ORDER BY 1, 2", "SELECT * FROM product_daily_stats ORDER BY 1, 2",
        ]
        return scenario
    }

    private static func productMetrics() throws -> ContractScenario {
        var scenario = ContractScenario()
        for step in 1...60 as ClosedRange<Int64> {
            let product = step % 6
            let type = ["LIKE_ADDED", "PRODUCT_VIEWED", "LIKE_REMOVED", "LIKE_ADDED"][Int(step / 6 % 4)]
            // Products 0 to 2 have versions, some of which come too late.
            try scenario.events.catalog(
                type, product, user: step, version: product < 3 ? (step % 5 == 0 ? 1 : step) : nil)
        }
        for order in 1...24 as ClosedRange<Int64> {
            let lines: [(product: Int64, qty: Int64, price: Int64)] = [(product: order % 6, qty: 1 + order % 2, price: 10)]
            try scenario.events.order("ORDER_CREATED", order, lines)
            if order % 3 == 0 { try scenario.events.order("ORDER_CANCELLED", order, lines) }
        }
        scenario.queries = [
            "SELECT product_id, like_count, view_count, sales_count, total_sales_amount FROM product_metrics ORDER BY 1",
            "SELECT aggregate_type, aggregate_id, version FROM product_metrics_versions ORDER BY 1, 2",
        ]
        return scenario
    }

    private static func stock() throws -> ContractScenario {
        var scenario = ContractScenario()
        scenario.seed = [
            "INSERT INTO products (id, name, price, stock) SELECT n, 'p' || n, 10, 100 FROM generate_series(1, 8) AS n",
            "INSERT INTO products (id, name, price, stock) VALUES (9, 'sold out', 10, 0)",
        ]
        for order in 1...40 as ClosedRange<Int64> {
            let lines = [
                (product: 1 + order % 8, qty: 1 + order % 3, price: Int64(10)), (product: 1 + order * 3 % 8, qty: 1, price: 10),
            ]
            try scenario.events.order("ORDER_PAID", order, lines)
            if order % 3 == 0 { try scenario.events.order("ORDER_CANCELLED", order, lines) }
        }
        // Nothing half-done: there is enough of the first product and none of the second.
        for order in 41...44 as ClosedRange<Int64> {
            try scenario.events.order("ORDER_PAID", order, [(product: 1, qty: 1, price: 10), (product: 9, qty: 1, price: 10)])
        }
        try scenario.events.order("ORDER_CANCELLED", 50, [(product: 1, qty: 1, price: 10)])
        try scenario.events.order("ORDER_PAID", 50, [(product: 1, qty: 1, price: 10)])
        for product in 1...8 as ClosedRange<Int64> { try scenario.events.restocked(product, qty: 5) }
        scenario.queries = [
            "SELECT id, stock, is_sold_out, version FROM products ORDER BY id",
            "SELECT product_id, order_id, event_id, reason, delta FROM stock_history ORDER BY event_id, product_id",
            "SELECT order_id, event_id FROM stock_closed_orders ORDER BY 1",
            // One per batch and product: the last one is what the product came to.
            """
            SELECT DISTINCT ON (aggregate_id) topic, event_type, payload FROM outbox_events
            ORDER BY aggregate_id, (payload ->> 'aggregate_version')::bigint DESC
            """,
        ]
        return scenario
    }

    private static func flashQueue() throws -> ContractScenario {
        var scenario = ContractScenario()
        for user in 1...12 as ClosedRange<Int64> {
            for sale in 1...3 as ClosedRange<Int64> {
                try scenario.events.queue("QUEUE_ENTERED", sale: sale, user: user)
                if (user + sale) % 2 == 0 { try scenario.events.queue("QUEUE_ADMITTED", sale: sale, user: user) }
                // For some of them illegal: they wait already, or left.
                if user % 4 == 0 { try scenario.events.queue("QUEUE_ENTERED", sale: sale, user: user) }
                if user % 3 == 0 { try scenario.events.queue("QUEUE_LEFT", sale: sale, user: user) }
                if user % 6 == 0 { try scenario.events.queue("QUEUE_ADMITTED", sale: sale, user: user) }
            }
        }
        scenario.queries = ["SELECT * FROM flash_sale_queue_entries ORDER BY 1, 2"]
        return scenario
    }

    private static func notification() throws -> ContractScenario {
        var scenario = ContractScenario()
        for order in 1...30 as ClosedRange<Int64> {
            let types = ["ORDER_CREATED", order % 2 == 0 ? "ORDER_PAID" : "ORDER_CANCELLED"]
            for type in types { try scenario.events.order(type, order, user: order % 4, [(product: 1, qty: 1, price: 1)]) }
        }
        scenario.queries = ["SELECT user_id, type, message, event_id FROM notifications ORDER BY event_id", messages]
        return scenario
    }

    private static func couponIssue() throws -> ContractScenario {
        var scenario = ContractScenario()
        scenario.seed = ["INSERT INTO coupons (id, name, issue_limit) VALUES (1, 'few', 5), (2, 'many', 100), (3, 'some', 10)"]
        for user in 1...24 as ClosedRange<Int64> {
            for coupon in 1...4 as ClosedRange<Int64> where user % 4 != coupon % 4 || user < 8 {
                // Every fifth asks twice; a fourth coupon does not exist.
                for _ in 0...(user % 5 == 0 ? 1 : 0) {
                    try scenario.events.add(
                        "COUPON_ISSUE_REQUESTED", #"{"coupon_id":\#(coupon),"user_id":\#(user)}"#,
                        of: (type: "COUPON", id: String(coupon)), topic: "coupon.issue")
                }
            }
        }
        scenario.queries = [
            "SELECT id, issued_count FROM coupons ORDER BY 1", "SELECT coupon_id, user_id FROM coupon_issues ORDER BY 1, 2",
            "SELECT coupon_id, user_id, event_id, result, reason FROM coupon_issue_history ORDER BY event_id", messages,
        ]
        return scenario
    }

    private static func orderSaga() throws -> ContractScenario {
        var scenario = ContractScenario()
        scenario.seed = [
            """
            INSERT INTO products (id, name, price, stock) SELECT n, 'p' || n, 10, 100 FROM generate_series(1, 3) AS n;
            INSERT INTO orders (id, user_id, total_amount, status)
            SELECT n, 1 + n % 5, 30, CASE WHEN n > 40 THEN 'CONFIRMED' ELSE 'PENDING' END FROM generate_series(1, 48) AS n;
            INSERT INTO order_items SELECT n, 1 + n % 3, 3, 10 FROM generate_series(1, 48) AS n;
            INSERT INTO stock_reservations (order_id, product_id, qty) SELECT order_id, product_id, qty FROM order_items;
            INSERT INTO point_accounts (user_id, balance) SELECT n, CASE WHEN n = 5 THEN 0 ELSE 1000 END FROM generate_series(1, 5) AS n;
            INSERT INTO deliveries (order_id, status)
            SELECT n, CASE WHEN n = 48 THEN 'SHIPPED' ELSE 'PREPARING' END FROM generate_series(41, 48) AS n;
            INSERT INTO point_history (user_id, order_id, event_id, reason, balance_before, balance_after, delta)
            SELECT 1 + n % 5, n, gen_random_uuid(), 'USED', 1007, 1000, -7 FROM generate_series(41, 43) AS n
            """
        ]
        for order in 1...30 as ClosedRange<Int64> {
            // Each tenth failed; the 31st belongs to somebody else.
            try scenario.events.add(
                order % 10 == 0 ? "PAYMENT_FAILED" : "PAYMENT_COMPLETED",
                #"{"payment_id":\#(order),"order_id":\#(order),"user_id":\#(1 + order % 5),"amount":30,"points_used":\#(order % 4)}"#,
                of: (type: "PAYMENT", id: String(order)), topic: "payment.events")
        }
        try scenario.events.add(
            "PAYMENT_COMPLETED", #"{"payment_id":31,"order_id":31,"user_id":9,"amount":30}"#, of: (type: "PAYMENT", id: "31"),
            topic: "payment.events")
        try scenario.events.add(
            "PAYMENT_COMPLETED", #"{"payment_id":32,"order_id":999,"user_id":9,"amount":30}"#, of: (type: "PAYMENT", id: "32"),
            topic: "payment.events")
        for order in 35...48 as ClosedRange<Int64> {
            try scenario.events.order("ORDER_CANCELLED", order, user: 1 + order % 5, [(product: 1, qty: 3, price: 10)])
        }
        scenario.queries = [
            "SELECT id, user_id, status, version FROM orders ORDER BY id",
            "SELECT order_id, product_id, qty, status FROM stock_reservations ORDER BY 1, 2",
            "SELECT user_id, balance FROM point_accounts ORDER BY 1",
            // Those that were there before have ids of chance.
            "SELECT user_id, order_id, CASE WHEN reason = 'USED' AND order_id > 40 THEN NULL ELSE event_id END, reason, delta "
                + "FROM point_history ORDER BY 2, 4",
            "SELECT order_id, status FROM deliveries ORDER BY 1", messages,
        ]
        return scenario
    }

    private static func cache() throws -> ContractScenario {
        var scenario = ContractScenario()
        for product in 1...30 as ClosedRange<Int64> where product % 3 != 0 {
            let aggregate = (type: "PRODUCT", id: String(product))
            try scenario.events.add(
                "PRICE_UPDATED", #"{"product_id":\#(product),"price":5}"#, of: aggregate, topic: "product.events")
            try scenario.events.add(
                "PRODUCT_UPDATED", #"{"product_id":\#(product),"name":"n"}"#, of: aggregate, topic: "product.events")
            guard product % 2 == 0 else { continue }
            try scenario.events.add(
                "STOCK_UPDATED", #"{"product_id":\#(product),"stock":0,"is_sold_out":true}"#, of: aggregate, topic: "stock.events"
            )
        }
        return scenario
    }

    private static func dataPlatform() throws -> ContractScenario {
        var scenario = ContractScenario()
        for order in 1...20 {
            for status in ["CONFIRMED", "SHIPPED", "DELIVERED"] {
                try scenario.events.add(
                    "ORDER_STATUS_CHANGED", #"{"order_id":\#(order),"user_id":1,"status":"\#(status)","total_amount":5}"#,
                    of: (type: "ORDER", id: String(order)), topic: "data.platform")
            }
        }
        scenario.queries = [
            "SELECT event_id, idempotency_key, status_code FROM data_platform_deliveries ORDER BY 1"
        ]
        return scenario
    }
}
