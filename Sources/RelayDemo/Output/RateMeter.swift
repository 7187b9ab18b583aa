/// How fast a count grows: over the last second or so.
struct RateMeter {
    private var samples: [(time: Int64, count: Int)] = []

    /// - Parameter time: monotonic nanoseconds.
    /// - Returns: per second; 0 at the first sample.
    mutating func add(_ count: Int, at time: Int64) -> Double {
        samples.append((time, count))
        while samples.count > 2, time - samples[1].time >= 1_000_000_000 { samples.removeFirst() }
        guard let first = samples.first, time > first.time else { return 0 }
        return Double(count - first.count) / (Double(time - first.time) / 1e9)
    }
}
