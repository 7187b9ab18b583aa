import Synchronization

/// Counts observations by size. `observe` is lock-free: a search over the bounds, one atomic add, one compare-exchange.
/// Usable on every thread.
public final class Histogram: Sendable {
    /// Buckets for the time from commit to acknowledgement, in seconds.
    public static let deliveryBuckets: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
    ]

    /// Upper bounds, ascending, finite, each inclusive. A bucket without bound (+Inf) follows them.
    public let bounds: [Double]
    /// One atomic per bucket, owned by this object; written only through atomic operations, hence shared freely.
    private nonisolated(unsafe) let buckets: UnsafeMutablePointer<Atomic<Int>>
    private let sumBits = Atomic<UInt64>(0)

    /// Bounds that are not finite are dropped, the others sorted and made unique.
    init(buckets bounds: [Double]) {
        self.bounds = Set(bounds.filter(\.isFinite)).sorted()
        buckets = .allocate(capacity: self.bounds.count + 1)
        for index in 0...self.bounds.count {
            (buckets + index).initialize(to: Atomic(0))
        }
    }

    deinit {
        buckets.deinitialize(count: bounds.count + 1)
        buckets.deallocate()
    }

    /// Counts `count` observations of the same size.
    ///
    /// - Parameters:
    ///   - value: seconds, or the unit of the bounds. Below zero counts as zero, because the clocks of two machines differ
    ///     and a sum must never fall; not-a-number is ignored.
    ///   - count: how many; below one, nothing happens.
    public func observe(_ value: Double, count: Int = 1) {
        guard count > 0, !value.isNaN else { return }
        let size = max(0, value)
        var index = 0
        while index < bounds.count, size > bounds[index] {
            index += 1
        }
        buckets[index].wrappingAdd(count, ordering: .relaxed)
        sumBits.addDouble(size * Double(count))
    }

    /// Number of observations.
    public var count: Int {
        var total = 0
        for index in 0...bounds.count {
            total += buckets[index].load(ordering: .relaxed)
        }
        return total
    }

    /// Sum of all observed values.
    public var sum: Double {
        Double(bitPattern: sumBits.load(ordering: .relaxed))
    }

    /// Estimate of a quantile over everything since the start; see ``HistogramSnapshot/quantile(_:)``.
    public func quantile(_ q: Double) -> Double? {
        snapshot().quantile(q)
    }

    /// The counts now. Taken while others observe, the sum may be of a moment later than the counts.
    public func snapshot() -> HistogramSnapshot {
        let counts = (0...bounds.count).map { buckets[$0].load(ordering: .relaxed) }
        return HistogramSnapshot(bounds: bounds, counts: counts, sum: sum)
    }
}
