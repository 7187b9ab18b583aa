/// What one transaction does with each event of its range: decided before anything is written. Pure.
public struct TransactionPlan: Sendable {
    /// Indices to be claimed and applied, in order.
    public private(set) var apply: [Int] = []
    /// Indices that become dead letters, in order.
    public private(set) var deadLetters: [(index: Int, cause: DeadLetterCause)] = []
    /// Indices that wait behind a dead letter of their key, in order.
    public private(set) var parked: [Int] = []
    /// Indices that need nothing but their place in the watermark.
    public private(set) var passedOver: [Int] = []

    /// - Parameters:
    ///   - condemned: the verdicts so far.
    ///   - isEvent: false for records of types that are not handled.
    ///   - known: of an index, whether the event was applied or buried before, so that it has nothing to wait for.
    ///   - key: of an index; nil for none, which nothing waits behind.
    ///   - blocked: keys that have an open dead letter or parked events.
    ///   - now: wall clock, microseconds since 1970.
    public init(
        range: Range<Int>, condemned: [Int: DeadLetterCause], parking: ParkingPolicy, blocked: Set<BlockedKey>, now: Int64,
        isEvent: (Int) -> Bool, isKnown: (Int) -> Bool, key: (Int) -> BlockedKey?
    ) {
        var blocked = blocked
        for index in range {
            let key = parking == .ignore ? nil : key(index)
            if let cause = condemned[index] {
                deadLetters.append((index, cause))
                if let key { blocked.insert(key) }
                continue
            }
            guard isEvent(index) else {
                passedOver.append(index)
                continue
            }
            guard let key, blocked.contains(key), !isKnown(index) else {
                apply.append(index)
                continue
            }
            if parking == .wait {
                parked.append(index)
            } else {
                let cause = DeadLetterCause(
                    .followed, "an earlier event of its key is a dead letter", firstFailedAt: now, lastFailedAt: now)
                deadLetters.append((index, cause))
            }
        }
    }

    /// The refused events that have to be condemned before the others can be treated rightly: those with a later event of their key
    /// in the same transaction, which was applied, or refused for want of them. Of each key the first.
    ///
    /// - Parameters:
    ///   - rejected: refused during the transaction.
    ///   - applied: all that was given to the consumer, the refused ones too.
    public static func condemnedTooLate(
        _ rejected: [Int], applied: [Int], parking: ParkingPolicy, key: (Int) -> BlockedKey?
    ) -> [Int] {
        guard parking != .ignore, !rejected.isEmpty else { return [] }
        var first: [BlockedKey: Int] = [:]
        for index in rejected {
            if let key = key(index) { first[key] = min(first[key] ?? index, index) }
        }
        var late: Set<Int> = []
        for index in applied {
            if let key = key(index), let rejected = first[key], rejected < index { late.insert(rejected) }
        }
        return late.sorted()
    }
}
