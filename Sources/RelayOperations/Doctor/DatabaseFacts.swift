import PostgresReplication

/// What `doctor` wants to know about the database beyond the startup checks.
struct DatabaseFacts: Equatable, Sendable {
    /// Server clock minus ours, in seconds, and how far off the measurement may be.
    var clockSkewSeconds: Double?
    var clockUncertaintySeconds = 0.0
    /// Every slot of the cluster.
    var slots: [ReplicationSlot] = []
    var hasIDIndex = true
    /// An index that finds unpublished rows.
    var hasPendingIndex = true
    var backlog = Backlog()
    /// `max_slot_wal_keep_size` in bytes; nil is unlimited.
    var walKeepBytes: Int64?
    var serverEncoding = "UTF8"
}
