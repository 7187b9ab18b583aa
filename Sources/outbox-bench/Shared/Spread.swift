import CommandLineKit

/// The middle and the ends of what several rounds measured.
struct Spread {
    let median: Double
    let lowest: Double
    let highest: Double

    init(_ values: [Double]) {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        if sorted.isEmpty {
            median = .nan
        } else {
            median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
        }
        lowest = sorted.first ?? .nan
        highest = sorted.last ?? .nan
    }

    var json: JSONValue { ["median": .double(median), "lowest": .double(lowest), "highest": .double(highest)] }
}
