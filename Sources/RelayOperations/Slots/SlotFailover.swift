import CommandLineKit
import PostgresClient
import PostgresReplication
import RelayCore

/// `slot failover`: whether standbys keep a copy of a slot that exists.
public enum SlotFailover {
    public static func plan(_ session: OperatorSession, isOn: Bool) throws(OperationError) -> PlannedChange {
        try requireSupport(session)
        let slot = try session.existingSlot()
        guard slot.isLogical else { throw OperationError("\(slot.name) is a physical slot; it belongs to a standby") }
        guard !slot.isLost else {
            throw OperationError(
                "the server has invalidated the slot \(slot.name); it can only be dropped: outbox-relay slot drop")
        }
        try session.requireIdle(slot)
        // There is no SQL function for it, only a command of the replication protocol.
        let command = "ALTER_REPLICATION_SLOT \(quotedIdentifier(slot.name)) (FAILOVER \(isOn))"
        var notes: [String] = []
        if slot.isFailover == isOn { notes.append("it is so already") }
        if isOn {
            notes.append("what the standbys need for their copies is checked by outbox-relay doctor with slot.failover=true")
        }
        return PlannedChange(
            action: "slot.failover", object: "slot \(slot.name)",
            sentence: isOn
                ? "Let standbys keep a copy of the slot \(slot.name)"
                : "Let standbys give up their copies of the slot \(slot.name)",
            notes: notes, statements: [command],
            perform: { () throws(OperationError) in
                _ = try attempt("changing the slot \(slot.name)") { () throws(PostgresError) in
                    // Somebody may have begun to stream meanwhile: then the server waits for the end of that.
                    try Connection.open(session.options.postgres.with(isReplication: true))
                        .execute(command, timeoutMilliseconds: 10_000)
                }
                return PlannedChange.Result(
                    "slot \(slot.name): failover is \(isOn ? "on" : "off")",
                    [.init("slot", JSONValue(slot.name)), .init("failover", JSONValue(isOn))])
            })
    }

    /// Refuses servers before 17.
    static func requireSupport(_ session: OperatorSession) throws(OperationError) {
        let version = session.connection.serverVersion / 10_000
        guard version >= 17 else {
            throw OperationError("slot.failover needs PostgreSQL 17, and this is \(version)")
        }
    }
}
