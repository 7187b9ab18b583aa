import CommandLineKit
import PostgresClient
package import PostgresReplication
import RelayCore

/// `slot list`: every slot of the cluster.
public enum SlotListing {
    public static func report(_ session: OperatorSession) throws(OperationError) -> Report {
        let slots = try attempt("reading the slots") { () throws(PostgresError) in
            try SlotCatalog(session.connection).list()
        }
        return report(slots, ours: session.options.slotName)
    }

    /// - Parameter ours: the name that the settings give.
    package static func report(_ slots: [ReplicationSlot], ours: String) -> Report {
        var table = Table([
            ("", .left), ("SLOT", .left), ("PLUGIN", .left), ("DATABASE", .left), ("ACTIVE", .left), ("WAL", .left),
            ("CONFIRMED", .left), ("RETAINED", .right), ("SAFE", .right),
        ])
        for slot in slots {
            table.append([
                slot.name == ours ? "*" : "", slot.name, slot.plugin ?? "physical", slot.database ?? "",
                slot.activePID.map { "pid \($0)" } ?? "no",
                (slot.walStatus ?? "unknown") + (slot.invalidationReason.map { " (\($0))" } ?? ""),
                slot.confirmedFlushLSN.map { "\($0)" } ?? "", slot.retainedWALBytes.map { Quantity.bytes($0) } ?? "",
                slot.safeWALSize.map { Quantity.bytes($0) } ?? (slot.walStatus == "lost" ? "" : "unlimited"),
            ])
        }
        var text = slots.isEmpty ? "There is no replication slot.\n" : table.render()
        if !slots.contains(where: { $0.name == ours }) {
            text +=
                "\nThe slot of the settings, \(ours), does not exist: the first `run` makes it, or outbox-relay slot create.\n"
        }
        return Report(text: text, json: ["slot": JSONValue(ours), "slots": .array(slots.map(json))])
    }

    /// A slot as every JSON document of ours shows it.
    static func json(_ slot: ReplicationSlot) -> JSONValue {
        [
            "name": JSONValue(slot.name), "type": JSONValue(slot.isLogical ? "logical" : "physical"),
            "plugin": JSONValue(slot.plugin), "database": JSONValue(slot.database), "temporary": JSONValue(slot.isTemporary),
            "active": JSONValue(slot.isActive), "active_pid": JSONValue(slot.activePID), "wal_status": JSONValue(slot.walStatus),
            "restart_lsn": JSONValue(slot.restartLSN.map { "\($0)" }),
            "confirmed_lsn": JSONValue(slot.confirmedFlushLSN.map { "\($0)" }),
            "retained_wal_bytes": JSONValue(slot.retainedWALBytes), "safe_wal_bytes": JSONValue(slot.safeWALSize),
            "lost": JSONValue(slot.isLost), "invalidation_reason": JSONValue(slot.invalidationReason),
            "two_phase": JSONValue(slot.isTwoPhase), "failover": JSONValue(slot.isFailover), "synced": JSONValue(slot.isSynced),
        ]
    }
}
