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
}
