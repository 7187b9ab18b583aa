/// The counts of a histogram at one moment, as a value: for quantiles, and for what happened between two moments.
public struct HistogramSnapshot: Sendable, Equatable {
    /// Upper bounds, ascending, each inclusive; the last bucket, +Inf, has none.
    public let bounds: [Double]
    /// Observations per bucket, not cumulative; one more than there are bounds.
    public let counts: [Int]
    /// Sum of everything observed.
    public let sum: Double

    /// Number of observations.
    public var count: Int {
        counts.reduce(0, +)
    }

    /// What was observed since an earlier snapshot of the same histogram. One of a histogram with other bounds is taken as
    /// empty.
    public func since(_ earlier: HistogramSnapshot) -> HistogramSnapshot {
        guard earlier.bounds == bounds else { return self }
        let difference = zip(counts, earlier.counts).map { max(0, $0 - $1) }
        return HistogramSnapshot(bounds: bounds, counts: difference, sum: sum - earlier.sum)
    }

    /// The value below which the fraction `q` of the observations lies, interpolated inside its bucket as Prometheus'
    /// `histogram_quantile` does it.
    ///
    /// - Parameter q: 0 to 1; anything else is clamped.
    /// - Returns: nil when nothing was observed; the highest bound when the quantile lies in the +Inf bucket.
    public func quantile(_ q: Double) -> Double? {
        let total = count
        guard total > 0, !q.isNaN, let highest = bounds.last else { return nil }
        let rank = min(max(q, 0), 1) * Double(total)
        var below = 0
        for (index, bound) in bounds.enumerated() {
            let inBucket = counts[index]
            if inBucket > 0, Double(below + inBucket) >= rank {
                let lower = index > 0 ? bounds[index - 1] : min(0, bound)
                return lower + (bound - lower) * (rank - Double(below)) / Double(inBucket)
            }
            below += inBucket
        }
        return highest
    }
}
