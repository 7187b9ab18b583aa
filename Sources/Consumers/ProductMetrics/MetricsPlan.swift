/// What a batch does to `product_metrics` and to the versions, once the last versions are known. Pure.
public struct MetricsPlan: Sendable {
    /// Changes of one row of `product_metrics`.
    public struct Product: Equatable, Sendable {
        public let product: Int64
        public var likes = CounterChange()
        public var views: Int64 = 0
        public var pieces = CounterChange()
        public var amount = CounterChange()
    }

    /// A row of `product_metrics_versions`.
    public struct Version: Equatable, Sendable {
        public let aggregate: MetricsReading.Aggregate
        public let version: Int64
    }

    /// Sorted by product, each once: the order in which rows are locked.
    public let products: [Product]
    /// Versions of aggregates that had none, sorted.
    public let newVersions: [Version]
    /// Versions that moved, sorted.
    public let raisedVersions: [Version]

    /// - Parameter versions: the last version that was counted of each of the reading's aggregates that has one.
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
        let moved = reading.aggregates.compactMap { aggregate in
            last[aggregate].map { Version(aggregate: aggregate, version: $0) }
        }
        newVersions = moved.filter { versions[$0.aggregate] == nil }
        raisedVersions = moved.filter { version in versions[version.aggregate].map { $0 < version.version } ?? false }
    }
}

extension MetricsPlan.Product {
    fileprivate mutating func add(_ line: OrderLine, sign: Int64) {
        pieces.add(sign * line.qty)
        amount.add(sign * line.amount)
    }
}
