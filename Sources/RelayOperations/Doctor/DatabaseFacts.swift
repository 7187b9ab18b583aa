package import PostgresReplication

/// What `doctor` wants to know about the database beyond the startup checks.
package struct DatabaseFacts: Equatable, Sendable {
    /// Server clock minus ours, in seconds, and how far off the measurement may be.
    package var clockSkewSeconds: Double?
    package var clockUncertaintySeconds = 0.0
    /// Every slot of the cluster.
    package var slots: [ReplicationSlot] = []
    package var hasIDIndex = true
    /// An index that finds unpublished rows.
    package var hasPendingIndex = true
    package var backlog = Backlog()
    /// `max_slot_wal_keep_size` in bytes; nil is unlimited.
    package var walKeepBytes: Int64?
    package var serverEncoding = "UTF8"

    package init() {}
}
