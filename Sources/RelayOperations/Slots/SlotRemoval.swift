import CommandLineKit
import PostgresClient
import PostgresReplication
import RelayCore

/// `slot drop`.
public enum SlotRemoval {
    public static func plan(_ session: OperatorSession) throws(OperationError) -> PlannedChange {
        let slot = try session.existingSlot()
        try session.requireIdle(slot)
        let name = slot.name
        var notes: [String] = []
        if let retained = slot.retainedWALBytes { notes.append("\(Quantity.bytes(retained)) of WAL can be removed then") }
        if slot.isLost {
            notes.append("the server has invalidated it already; nothing is lost by dropping it")
        } else {
            notes.append(
                "what was committed since \(slot.confirmedFlushLSN.map { "\($0)" } ?? "its position") is then only in the table")
        }
        if let checkpoint = try session.checkpoint(), checkpoint.phase == .streaming {
            notes.append(
                "its checkpoint (\(checkpoint.endLSN)) stays, and `run` refuses to start until it is gone: outbox-relay checkpoint "
                    + "reset; the next start then publishes the table's unpublished rows and makes a new slot")
        }
        return PlannedChange(
            action: "slot.drop", object: "slot \(name)", sentence: "Drop the slot \(name)", destroys: true, notes: notes,
            statements: ["SELECT pg_catalog.pg_drop_replication_slot(\(quotedLiteral(name)))"],
            perform: { () throws(OperationError) in
                try attempt("dropping the slot \(name)") { () throws(PostgresError) in
                    try SlotCatalog(session.connection).drop(name)
                }
                return PlannedChange.Result("slot \(name) dropped", [.init("slot", JSONValue(name))])
            })
    }
}
