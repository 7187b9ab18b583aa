/// What the growth of a Prometheus histogram between two looks tells of the values in between.
struct HistogramQuantile {
    private let buckets: [(bound: Double, count: Double)]

    init(from before: [(bound: Double, count: Double)], to after: [(bound: Double, count: Double)]) {
        let start = Dictionary(before.map { ($0.bound, $0.count) }) { first, _ in first }
        buckets = after.map { (bound: $0.bound, count: $0.count - (start[$0.bound] ?? 0)) }
    }

    var count: Int { Int(buckets.last?.count ?? 0) }

    /// The bound of the bucket in which this share (0 to 1) of the values is reached: no value is understated. nil when it is beyond
    /// the last bound, or without values.
    func upperBound(_ share: Double) -> Double? {
        guard let total = buckets.last?.count, total > 0 else { return nil }
        let bound = buckets.first { $0.count >= share * total }?.bound
        return bound.flatMap { $0.isFinite ? $0 : nil }
    }
}
