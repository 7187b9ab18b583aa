import RelayOperations

/// What `dlq list` shows of one consumer.
struct LetterPage {
    let consumer: String
    /// Without what they hold; at most as many as were asked for.
    let letters: [StoredLetter]
    /// All of the selection by class.
    let sums: [(kind: String, count: Int64)]
    /// Events that wait, and those of them that no open letter holds.
    let parked: Int64
    let free: Int64
    private let showsAllStates: Bool

    init(
        _ session: ConsumerSession, _ selection: LetterSelection, limit: Int, showsAllStates: Bool
    ) throws(OperationError) {
        let store = LetterStore(session: session)
        consumer = session.name
        self.showsAllStates = showsAllStates
        letters = try store.letters(selection, openOnly: !showsAllStates, limit: limit, withRecords: false)
        sums = try store.counts(selection, openOnly: !showsAllStates)
        (parked, free) = try store.parkedCounts()
    }

    var count: Int64 { sums.reduce(0) { $0 + $1.count } }

    var isEmpty: Bool { count == 0 && parked == 0 }

    /// How many there are, and what waits behind them.
    var sentence: String {
        var text = "\(Quantity.count(count)) \(showsAllStates ? "" : "open ")dead letter\(count == 1 ? "" : "s") of \(consumer)"
        if count > Int64(letters.count) { text += ", \(Quantity.count(count - Int64(letters.count))) not shown (--limit)" }
        if !sums.isEmpty { text += ": " + sums.map { "\($0.kind) \(Quantity.count($0.count))" }.joined(separator: ", ") }
        if parked > 0 { text += "; \(Quantity.count(parked)) event\(parked == 1 ? " is" : "s are") parked" }
        if free > 0 { text += ", \(Quantity.count(free)) of them behind no open letter: dlq retry --all applies them" }
        return text
    }
}
