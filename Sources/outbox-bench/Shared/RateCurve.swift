/// How many events were through at which time: what rates are read from.
struct RateCurve: Sendable {
    private var samples: [(time: Int64, count: Int)] = []

    /// Notes that `count` events were through at `time` (monotonic ns); only growth is kept, and the last look before the first.
    mutating func note(_ count: Int, at time: Int64) {
        guard let last = samples.last else {
            samples.append((time, count))
            return
        }
        if count > last.count {
            samples.append((time, count))
        } else if last.count == 0 {
            samples[samples.count - 1].time = time
        }
    }

    var last: Int { samples.last?.count ?? 0 }

    /// Events per second from the first to the last event.
    var whole: Double {
        guard let first = samples.first, let last = samples.last, last.time > first.time else { return .nan }
        return Double(last.count - first.count) / seconds(last.time - first.time)
    }

    /// Events per second in the middle 80 % of the events: without start and end.
    var steady: Double {
        let low = Double(last) * 0.1
        let high = Double(last) * 0.9
        guard let from = time(of: low), let to = time(of: high), to > from else { return .nan }
        return (high - low) / (to - from) * 1_000_000_000
    }

    /// When this many events were through, between samples by proportion.
    private func time(of count: Double) -> Double? {
        guard let index = samples.firstIndex(where: { Double($0.count) >= count }) else { return nil }
        let upper = samples[index]
        guard index > 0 else { return Double(upper.time) }
        let lower = samples[index - 1]
        let share = (count - Double(lower.count)) / Double(upper.count - lower.count)
        return Double(lower.time) + share * Double(upper.time - lower.time)
    }

    private func seconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / 1_000_000_000 }
}
