/// How the events are cut into passes that fit into memory: by a hash of their key, so that all events of a key are in one. Pure.
package struct VerificationPasses: Equatable, Sendable {
    /// What the process takes besides the ledger: program, libraries, prefetched records.
    private static let ownMemory = 64 << 20

    package let count: Int
    /// Rows that one pass can hold.
    package let capacity: Int

    /// Throws when `memory` is too small for anything.
    package init(rows: Int, memory: Int) throws(OperationError) {
        let room = (memory - Self.ownMemory) / VerificationLedger.bytesPerEvent
        guard room >= 10_000 else {
            throw OperationError(
                "--memory: at least \((Self.ownMemory + 10_000 * VerificationLedger.bytesPerEvent) >> 20 + 1) MB")
        }
        // Keys differ in their number of events: a pass is planned at 70 % of its room.
        count = max(1, (rows + rows / 50 + room * 7 / 10 - 1) / (room * 7 / 10))
        capacity = count == 1 ? min(room, rows + rows / 20 + 10_000) : room
    }

    /// The pass of a key's hash.
    func pass(of key: UInt64) -> Int { count == 1 ? 0 : Int(EventFingerprint.mix(key) % UInt64(count)) }
}
