/// What the database says before a batch: the stock of its products, and the past of its orders.
public struct StockFacts: Sendable {
    public struct Product: Equatable, Sendable {
        public let stock: Int64
        public let version: Int64

        public init(stock: Int64, version: Int64) {
            self.stock = stock
            self.version = version
        }
    }

    /// An order, as far as the stock is concerned. One that is not known took nothing yet.
    public enum Order: Equatable, Sendable {
        /// Paid: pieces by product.
        case took([Int64: Int64])
        /// Cancelled: what it took it gave back, and it takes nothing any more.
        case closed
    }

    public var products: [Int64: Product] = [:]
    public var orders: [Int64: Order] = [:]
    /// Ids of events that changed the stock before: the inbox may have forgotten them, the history has not.
    public var knownEvents: Set<String> = []

    public init() {}
}
