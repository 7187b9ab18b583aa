/// The shop as it stands before a drill.
enum ShopSchema {
    static let products = 30
    static let users = 60
    /// The first product is nearly sold out; nobody restocks it.
    static let scarceStock = 40
    static let stock = 1_000_000
    /// The first customer has hardly any points.
    static let scarcePoints = 12
    static let points = 1_000_000
    /// Coupons come in pairs, one pair for each writer: few and many.
    static let fewCoupons = 10

    static func seed(writers: Int) -> String {
        """
        INSERT INTO products (id, name, price, stock)
        SELECT n, 'product ' || n, 100, CASE WHEN n = 1 THEN \(scarceStock) ELSE \(stock) END FROM generate_series(1, \(products)) AS n;
        INSERT INTO point_accounts (user_id, balance)
        SELECT n, CASE WHEN n = 1 THEN \(scarcePoints) ELSE \(points) END FROM generate_series(1, \(users)) AS n;
        INSERT INTO coupons (id, name, issue_limit)
        SELECT n, 'coupon ' || n, CASE WHEN n % 2 = 0 THEN \(fewCoupons) ELSE 1000000 END
        FROM generate_series(1, \(writers * 2)) AS n
        """
    }
}
