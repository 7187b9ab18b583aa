/// What a batch does to `product_metrics`, once the versions before it are known. Pure.
public struct MetricsPlan: Sendable {
    /// Changes of one row of `product_metrics`.
    public struct Product: Equatable, Sendable {
        public let product: Int64
        public var likes = CounterChange()
        public var views: Int64 = 0
        public var pieces = CounterChange()
        public var amount = CounterChange()
    }

    /// Sorted by product, each once: the order in which rows are locked.
    public let products: [Product]

    /// - Parameter versions: the highest version that came before of each of the reading's aggregates that had one.
    public init(_ reading: MetricsReading, versions: [MetricsReading.Aggregate: Int64]) {
        var last = versions
        var products: [Int64: Product] = Dictionary(minimumCapacity: reading.changes.count)
        for change in reading.changes {
            if let version = change.version {
                // Not newer than what was counted: stale.
                if let known = last[version.of], version.number <= known { continue }
                last[version.of] = version.number
            }
            switch change.kind {
            case .likes(let product, let likes): products[product, default: Product(product: product)].likes.add(likes)
            case .view(let product): products[product, default: Product(product: product)].views += 1
            case .sales(let lines, let isCancelled):
                for line in lines {
                    products[line.product, default: Product(product: line.product)].add(line, sign: isCancelled ? -1 : 1)
                }
            }
        }
        self.products = products.values.sorted { $0.product < $1.product }
    }
}

extension MetricsPlan.Product {
    fileprivate mutating func add(_ line: OrderLine, sign: Int64) {
        pieces.add(sign * line.qty)
        amount.add(sign * line.amount)
    }
}
