import RelayOperations

/// The letters that a change is about. Pure.
package struct LetterChoice: Sendable {
    package private(set) var open: [RecordPlace] = []
    package private(set) var retried = 0
    package private(set) var discarded = 0

    package init() {}

    package mutating func add(_ place: RecordPlace, state: String) {
        switch state {
        case "retried": retried += 1
        case "discarded": discarded += 1
        default: open.append(place)
        }
    }

    /// At most that many; the others are left for another time.
    package mutating func limit(to count: Int?) {
        if let count { open = Array(open.prefix(count)) }
    }

    /// - Parameter verb: "retried".
    package func notes(for verb: String) -> [String] {
        ChosenLetters.notes(open: open.count, retried: retried, discarded: discarded, verb: verb)
    }

    /// - Parameters:
    ///   - parked: events that wait, behind whichever letters.
    ///   - free: those of them that no open letter holds any more.
    package static func notes(parked: Int64, free: Int64) -> [String] {
        var notes: [String] = []
        if parked > 0 {
            notes.append("events that are parked: \(Quantity.count(parked)); those that become free are applied, in their order")
        }
        if free > 0 { notes.append("of these no open letter holds \(Quantity.count(free)): they are applied in any case") }
        return notes
    }
}
