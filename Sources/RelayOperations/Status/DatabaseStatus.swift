package import ByteCoding
import CommandLineKit
import PostgresClient
package import PostgresReplication
package import RelayCore

/// What the database alone says about the relay: slot, checkpoint, lag, backlog, and who streams.
package struct DatabaseStatus {
    package var slot: ReplicationSlot?
    package var streamer: String?
    package var checkpoint: Checkpoint?
    package var walEnd: LSN
    package var backlog: Backlog

    package init(slot: ReplicationSlot?, streamer: String?, checkpoint: Checkpoint?, walEnd: LSN, backlog: Backlog) {
        self.slot = slot
        self.streamer = streamer
        self.checkpoint = checkpoint
        self.walEnd = walEnd
        self.backlog = backlog
    }

    static func read(_ session: OperatorSession) throws(OperationError) -> DatabaseStatus {
        let slot = try session.slot()
        return DatabaseStatus(
            slot: slot, streamer: try slot.flatMap { slot throws(OperationError) in try session.streamer(of: slot) },
            checkpoint: try session.checkpoint(), walEnd: try session.walEnd(), backlog: try Backlog.read(session))
    }

    /// Bytes between what is confirmed and the end of WAL.
    var confirmedLag: UInt64? { slot?.confirmedFlushLSN.map { walEnd.bytes(since: $0) } }

    var json: JSONValue {
        [
            "slot": slot.map { SlotListing.json($0) } ?? .null, "streamer": JSONValue(streamer),
            "checkpoint_lsn": JSONValue(checkpoint.map { "\($0.endLSN)" }),
            "checkpoint_phase": JSONValue(checkpoint?.phase.rawValue), "checkpoint_events": JSONValue(checkpoint?.events),
            "checkpoint_updated_at": JSONValue(checkpoint?.updatedAt), "wal_end_lsn": JSONValue("\(walEnd)"),
            "confirmed_lag_bytes": JSONValue(confirmedLag), "pending_rows": JSONValue(backlog.pendingRows),
            "oldest_pending_seconds": JSONValue(backlog.oldestPendingSeconds),
        ]
    }
}
