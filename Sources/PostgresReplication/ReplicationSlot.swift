public import ByteCoding

/// A row of pg_replication_slots, with what the versions differ in filled up.
public struct ReplicationSlot: Equatable, Sendable {
    public var name: String
    public var plugin: String?
    public var isLogical: Bool
    public var database: String?
    public var isTemporary: Bool
    public var isActive: Bool
    public var activePID: Int32?
    /// The oldest WAL the server must keep for this slot; NULL once it was removed.
    public var restartLSN: LSN?
    public var confirmedFlushLSN: LSN?
    /// reserved, extended, unreserved or lost.
    public var walStatus: String?
    /// Bytes of WAL that may still be written before the slot is in danger; nil when unlimited.
    public var safeWALSize: Int64?
    /// Bytes between `restartLSN` and the end of WAL.
    public var retainedWALBytes: Int64?
    /// 17 and later: why the slot was invalidated.
    public var invalidationReason: String?
    public var isTwoPhase: Bool
    public var isFailover: Bool
    public var isSynced: Bool

    public init(name: String) {
        self.name = name
        isLogical = true
        isTemporary = false
        isActive = false
        isTwoPhase = false
        isFailover = false
        isSynced = false
    }

    /// The server can never stream from this slot again. Decided by `wal_status`: restart_lsn stays set for an idle timeout
    /// (18), and "conflicting" is set on 16 for a plain WAL removal (postgres-versions.md, rule 8).
    public var isLost: Bool { walStatus == "lost" || (invalidationReason != nil && invalidationReason != "") }
}
