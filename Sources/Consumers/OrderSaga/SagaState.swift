/// What the database holds of the orders of a batch, locked.
public struct SagaState: Sendable {
    /// A row of `orders`.
    public struct Order: Sendable {
        public let user: Int64
        public var status: OrderStatus
        public let totalAmount: Int64

        public init(user: Int64, status: OrderStatus, totalAmount: Int64) {
            self.user = user
            self.status = status
            self.totalAmount = totalAmount
        }
    }

    /// A row of `order_items`.
    public struct Item: Sendable {
        public let product: Int64
        public let quantity: Int64
        public let price: Int64

        public init(product: Int64, quantity: Int64, price: Int64) {
            self.product = product
            self.quantity = quantity
            self.price = price
        }
    }

    /// A row of `deliveries`: raw values as there.
    public enum Delivery: String, Sendable {
        case preparing = "PREPARING"
        case shipped = "SHIPPED"
        case delivered = "DELIVERED"
        case cancelled = "CANCELLED"
    }

    public var orders: [Int64: Order] = [:]
    /// By order.
    public var items: [Int64: [Item]] = [:]
    /// Orders of which a reservation was released.
    public var released: Set<Int64> = []
    /// Points of the users who have an account.
    public var balances: [Int64: Int64] = [:]
    /// Points that an order used and that were not given back, by order.
    public var usedPoints: [Int64: Int64] = [:]
    /// By order.
    public var deliveries: [Int64: Delivery] = [:]

    public init() {}
}
