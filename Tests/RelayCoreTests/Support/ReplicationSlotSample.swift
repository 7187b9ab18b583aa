import PostgresReplication

/// What the start finds when all is well.
enum ReplicationSlotSample {
    static let identity = SystemIdentity(systemID: "1", timeline: 1, position: 0xFFFF_FFFF)

    /// A pgoutput slot of the database `shop` that nobody uses.
    static var usable: ReplicationSlot {
        var slot = ReplicationSlot(name: "outbox_relay")
        slot.plugin = "pgoutput"
        slot.database = "shop"
        slot.restartLSN = 0x900
        slot.confirmedFlushLSN = 0x1000
        slot.walStatus = "reserved"
        return slot
    }
}
