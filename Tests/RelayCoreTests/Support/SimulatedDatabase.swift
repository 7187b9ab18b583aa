import ByteCoding
import Drills
import TestSupport

/// A database as a walsender shows it: transactions in commit order, a slot, a checkpoint, the rows' bookkeeping.
struct SimulatedDatabase {
    struct Transaction {
        let commitLSN: LSN
        let endLSN: LSN
        /// Numbers of its events, consecutive over the whole history.
        let events: Range<Int>
    }

    let transactions: [Transaction]
    let eventCount: Int
    /// What the slot holds in memory, and what of it is on disk.
    var slot: LSN
    var slotOnDisk: LSN
    var checkpoint: LSN?
    var booked: Set<Int> = []

    /// - Parameter sendsEmpty: as 14 does; later versions leave out a transaction without published rows.
    init(transactions count: Int, sendsEmpty: Bool, random: inout XorShift) {
        var made: [Transaction] = []
        var position: UInt64 = 0x1000
        var event = 0
        for _ in 0..<count {
            let size = [0, 0, 1, 1, 1, 2, 3, 5, 12][random.below(9)]
            position += 8 + UInt64(random.below(200))
            let commit = position
            position += 8
            if size > 0 || sendsEmpty {
                made.append(
                    Transaction(
                        commitLSN: LSN(rawValue: commit), endLSN: LSN(rawValue: position), events: event..<(event + size)))
            }
            event += size
        }
        transactions = made
        eventCount = event
        slot = 0x1000
        slotOnDisk = 0x1000
    }

    /// The first transaction that START_REPLICATION at `start` brings (protocol.md 1.5 and 1.6): an older start is forwarded to
    /// the slot's position, and a transaction is skipped when its commit record begins before the start.
    func firstTransaction(from start: LSN) -> Int {
        let effective = max(start, slot)
        return transactions.firstIndex { $0.commitLSN >= effective } ?? transactions.count
    }

    mutating func confirm(_ lsn: LSN) { slot = max(slot, lsn) }

    /// A server that crashes comes back with the slot as it is on disk.
    mutating func restart() { slot = slotOnDisk }

    mutating func saveSlot() { slotOnDisk = slot }
}
