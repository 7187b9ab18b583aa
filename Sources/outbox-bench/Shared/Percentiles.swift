import CommandLineKit

/// The distribution of a set of durations, kept whole: exact to the nearest rank.
struct Percentiles: Sendable {
    /// Nanoseconds, ascending.
    private let sorted: [Int64]

    init(_ nanoseconds: [Int64]) { sorted = nanoseconds.sorted() }

    var count: Int { sorted.count }
    var maximum: Int64 { sorted.last ?? 0 }

    /// The smallest duration that `share` (0 to 1) of all do not exceed; 0 of an empty set.
    func value(_ share: Double) -> Int64 {
        guard !sorted.isEmpty else { return 0 }
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return sorted[min(sorted.count, max(1, rank)) - 1]
    }

    private static let shares: [(name: String, share: Double)] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)]

    /// Headings of `cells`.
    static let headings = shares.map(\.name) + ["max"]

    /// In milliseconds.
    var cells: [String] { (Self.shares.map { value($0.share) } + [maximum]).map(Figures.milliseconds) }

    /// In milliseconds.
    var json: JSONValue {
        let values = Self.shares.map { ($0.name, value($0.share)) } + [("max", maximum)]
        return .object(values.map { JSONValue.Member($0.0, .double(Double($0.1) / 1_000_000)) })
    }
}
