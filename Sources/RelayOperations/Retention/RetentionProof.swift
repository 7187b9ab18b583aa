package import ByteCoding
package import PostgresReplication
package import RelayCore
import ServiceRuntime

/// Proves which rows are published where no row says so (after.publish=keep).
///
/// First the oldest transaction that is still running is noted, then the end of WAL: every transaction with a lower number has ended,
/// and its commit lies before that position. Once the relay has confirmed the position, all of them are published. A row's own
/// transaction number (xmin) tells on which side it lies; a frozen one is far older.
package struct RetentionProof {
    static let patience: Int64 = 30_000_000_000

    let session: OperatorSession

    /// Waits until the relay has confirmed everything up to now.
    /// - Throws: a sentence why nothing is proven.
    func transaction(isStopped: () -> Bool) throws(OperationError) -> UInt32 {
        let text = try session.scalar("reading the snapshot", "SELECT pg_snapshot_xmin(pg_current_snapshot())")
        guard let oldest = text.flatMap({ UInt64($0) }) else {
            throw OperationError("the server did not tell its oldest transaction")
        }
        let end = try session.walEnd()
        let deadline = MonotonicTime.now() + Self.patience
        while true {
            let refusal = Self.refusal(slot: try session.slot(), checkpoint: try session.checkpoint(), needed: end)
            guard let refusal else { return UInt32(truncatingIfNeeded: oldest) }
            guard refusal.isPassing, MonotonicTime.now() < deadline, !isStopped() else {
                throw OperationError(
                    "after.publish=keep: no row says that it is published, and it cannot be proven: \(refusal.text)")
            }
            _ = try? waitReadable([], timeoutMilliseconds: 200)
        }
    }

    /// Why a position is not proven to be confirmed; nil when it is. Pure.
    package static func refusal(
        slot: ReplicationSlot?, checkpoint: Checkpoint?, needed: LSN
    ) -> (text: String, isPassing: Bool)? {
        guard let checkpoint, checkpoint.phase == .streaming else {
            return ("there is no checkpoint of a stream, so nothing says what is published", false)
        }
        guard let slot, !slot.isLost else {
            return ("the slot \(checkpoint.slot) does not exist or is lost, so nothing says what is published", false)
        }
        if checkpoint.endLSN >= needed { return nil }
        // A slot that somebody streams from stands where the relay confirmed it; it looked at the checkpoint when it began.
        let confirmed = slot.confirmedFlushLSN ?? .zero
        if slot.isActive, confirmed >= needed { return nil }
        return (
            "the relay has confirmed \(slot.isActive ? confirmed : checkpoint.endLSN), and \(needed) is needed"
                + (slot.isActive ? "" : "; it does not run"), slot.isActive
        )
    }
}
