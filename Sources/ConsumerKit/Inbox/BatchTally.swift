/// What one transaction did: indices of the batch by what became of them, and how long its parts took.
struct BatchTally: Sendable {
    var applied: [Int] = []
    var duplicates: [Int] = []
    var passedOver: [Int] = []
    var parked: [Int] = []
    var deadLetters: [(index: Int, cause: DeadLetterCause)] = []
    /// Nanoseconds of each part.
    var claim: Int64 = 0
    var apply: Int64 = 0
    var commit: Int64 = 0

    /// What was good and what was bad, in order; true for bad. What says nothing about the data is left out.
    var verdicts: [Bool] {
        var all = applied.map { ($0, false) } + duplicates.map { ($0, false) }
        all += deadLetters.filter { $0.cause.countsAsBad }.map { ($0.index, true) }
        return all.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
