/// What became of each row of a claimed batch. Pure.
///
/// Rows of one key keep their order: when one of them fails, those behind it go back, and when one has failed before, it and those
/// behind it are published carefully, one at a time, after the others (`isSuspect`).
package struct BatchOutcome: Sendable {
    package enum Fate: Equatable, Sendable {
        /// Not known yet: it stays claimed.
        case open
        case delivered
        /// A broker refused it; to be tried again after `delay` ms.
        case failed(reason: String, delay: Int64)
        /// It went to the dead-letter topic.
        case dead(reason: String)
        /// It was not published, and is free to be claimed again.
        case returned
    }

    private let rowIDs: [String]
    private let keys: [String]
    private let attempts: [Int]
    private var fates: [Fate]
    private var heldKeys: Set<String> = []
    private let suspectKeys: [String: Int]

    /// - Parameters: of each row in order: its id, its message's key, and how often it failed before.
    package init(ids: [String], keys: [String], attempts: [Int]) {
        rowIDs = ids
        self.keys = keys
        self.attempts = attempts
        fates = Array(repeating: .open, count: ids.count)
        var suspects: [String: Int] = [:]
        for row in ids.indices where attempts[row] > 0 && suspects[keys[row]] == nil { suspects[keys[row]] = row }
        suspectKeys = suspects
    }

    package subscript(row: Int) -> Fate { fates[row] }

    package var count: Int { fates.count }

    package func id(_ row: Int) -> String { rowIDs[row] }

    /// Whether the row, or one before it of its key, has failed before.
    package func isSuspect(_ row: Int) -> Bool { suspectKeys[keys[row]].map { $0 <= row } ?? false }

    package var hasSuspects: Bool { !suspectKeys.isEmpty }

    /// Whether a row before it of its key failed in this batch.
    package func isHeldBack(_ row: Int) -> Bool { heldKeys.contains(keys[row]) }

    package mutating func deliver(_ row: Int) { fates[row] = .delivered }

    package mutating func bury(_ row: Int, reason: String) { fates[row] = .dead(reason: reason) }

    package mutating func giveBack(_ row: Int) { fates[row] = .returned }

    /// How often the row has failed, with a failure now.
    package func attemptsAfterFailure(_ row: Int) -> Int { attempts[row] + 1 }

    /// A broker refused the row, and it is to be tried again: those behind it of its key wait for it.
    package mutating func fail(_ row: Int, reason: String, random: Double) {
        fates[row] = .failed(
            reason: reason, delay: RetryDelay.milliseconds(attempts: attemptsAfterFailure(row), random: random))
        heldKeys.insert(keys[row])
    }

    package func ids(where isWanted: (Fate) -> Bool) -> [String] {
        fates.indices.filter { isWanted(fates[$0]) }.map { rowIDs[$0] }
    }

    /// Every row whose fate is known, in order.
    package var settled: [(id: String, fate: Fate)] {
        fates.indices.filter { fates[$0] != .open }.map { (rowIDs[$0], fates[$0]) }
    }

    package var openRows: [Int] { fates.indices.filter { fates[$0] == .open } }

    package func number(where isWanted: (Fate) -> Bool) -> Int { fates.count(where: isWanted) }
}
