import ConsumerKit
import Kafka

/// One process of the simulation: a member of the group with its lanes.
final class SimulatedMember {
    struct Item {
        let place: SimulatedPlace
        let event: SimulatedEvent
        let ticket: RecordTicket
    }

    enum Phase {
        case idle
        /// Planned, and waiting for the claims of others; with the blocked keys that the plan was made by.
        case claiming(TransactionPlan, Range<Int>, Set<BlockedKey>)
        case open(SimulatedTransaction)
        /// Committed, and the lane does not know it yet.
        case committed(SimulatedTransaction)
    }

    struct Lane {
        var queue: [Item] = []
        var items: [Item] = []
        var machine = BatchMachine(count: 0, policy: RetryPolicy())
        var phase = Phase.idle
        var generation = 0
    }

    var ledger = AssignmentLedger()
    var reading: [Int: Int] = [:]
    var lanes: [Lane]
    var generation = 0

    init(lanes: Int) { self.lanes = Array(repeating: Lane(), count: lanes) }

    static func place(_ partition: Int) -> TopicPartition { TopicPartition("t", Int32(partition)) }

    /// Loses everything that it has in memory; what is open is rolled back.
    func forgetAll() {
        ledger.revoke(Array(ledger.watermarks.keys))
        reading = [:]
        generation += 1
        for index in lanes.indices { lanes[index].queue = [] }
    }

    func holdsClaim(on ids: Set<Int>, exceptLane lane: Int?) -> Bool {
        lanes.indices.contains { index in
            guard index != lane, case .open(let transaction) = lanes[index].phase else { return false }
            return !transaction.claims.isDisjoint(with: ids)
        }
    }
}
