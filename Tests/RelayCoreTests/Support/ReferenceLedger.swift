import ByteCoding
import RelayCore

/// What the AckTracker has to say, worked out from the whole history each time: slow and obvious.
struct ReferenceLedger {
    /// Of a closed unit without events: nothing is ever said about it again, and its number may be given to the next one.
    static let noID: AckTracker.UnitID = 0

    struct Unit {
        var id: AckTracker.UnitID
        var produced = 0
        var acknowledged = 0
        var isClosed = false
        var hasRows = false
        var isSettled = false

        var isDelivered: Bool { isClosed && acknowledged >= produced }
        var isFinished: Bool { isDelivered && (!hasRows || isSettled) }
    }

    struct Transaction {
        var units: [Unit] = []
        var end: LSN?

        var isWhole: Bool { end != nil && units.allSatisfy(\.isClosed) }
    }

    var transactions: [Transaction] = []
    private var floor: LSN
    private var eventsFinishedAndForgotten = 0

    init(confirmed: LSN) { floor = confirmed }

    var units: [Unit] { transactions.flatMap(\.units) }
    var isIdle: Bool { units.allSatisfy(\.isFinished) }

    private var finishedPrefix: ArraySlice<Unit> { units.prefix(while: \.isFinished) }

    /// The end of the longest prefix of finished transactions.
    var confirmed: LSN {
        let finished = transactions.prefix { $0.isWhole && $0.units.allSatisfy(\.isFinished) }
        return max(floor, finished.last?.end ?? floor)
    }

    var received: LSN { max(floor, transactions.compactMap(\.end).max() ?? floor) }
    var openEvents: Int { units[finishedPrefix.count...].filter(\.isClosed).reduce(0) { $0 + $1.produced } }
    var finishedEvents: Int { eventsFinishedAndForgotten + finishedPrefix.reduce(0) { $0 + $1.produced } }

    mutating func keepalive(_ lsn: LSN) { if isIdle { floor = max(floor, lsn, confirmed) } }

    /// Changes the unit, if it was not forgotten.
    mutating func change(_ id: AckTracker.UnitID, _ body: (inout Unit) -> Void) {
        for index in transactions.indices {
            for place in transactions[index].units.indices where transactions[index].units[place].id == id {
                body(&transactions[index].units[place])
            }
        }
    }

    /// Returns the numbers of the forgotten units that were not finished.
    mutating func forgetUndelivered() -> [AckTracker.UnitID] {
        let before = finishedEvents
        let kept = transactions.prefix { $0.isWhole && $0.units.allSatisfy(\.isDelivered) }.count
        let finished = Set(finishedPrefix.map(\.id))
        let forgotten = transactions[kept...].flatMap(\.units).map(\.id).filter { $0 != Self.noID && !finished.contains($0) }
        transactions.removeLast(transactions.count - kept)
        eventsFinishedAndForgotten += before - finishedEvents
        return forgotten
    }
}
