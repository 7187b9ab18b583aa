import PostgresReplication
import Testing

struct ReplicationSlotTests {
    /// By version: 14 to 16 know no reason, 18 has one while the status says less (postgres-versions.md, rule 8).
    @Test(
        arguments: [
            (nil, nil, false), ("reserved", nil, false), ("extended", nil, false), ("unreserved", nil, false),
            ("lost", nil, true),
            ("lost", "wal_removed", true), ("reserved", "idle_timeout", true), ("reserved", "", false),
        ] as [(String?, String?, Bool)])
    func `a slot is lost when the server says so`(status: String?, reason: String?, isLost: Bool) {
        var slot = ReplicationSlot(name: "s")
        slot.walStatus = status
        slot.invalidationReason = reason
        #expect(slot.isLost == isLost)
    }
}
