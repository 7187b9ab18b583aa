public import ByteCoding
import CommandLineKit
import PostgresClient
package import PostgresReplication
package import RelayCore

/// `checkpoint show|set|reset`.
public enum CheckpointOperations {
    // MARK: show

    /// The stored position beside the slot's. Not right when the relay would refuse to start from it.
    public static func show(_ session: OperatorSession) throws(OperationError) -> Report {
        let checkpoint = try session.checkpoint()
        let slot = try session.slot()
        let identity = try session.identity()
        let plan = StartPlan.make(
            slotName: session.options.slotName, slot: slot, checkpoint: checkpoint, identity: identity,
            database: session.connection.database, tellsUnpublished: session.options.afterPublish != .keep)
        return report(checkpoint, slot: slot, plan: plan, identity: identity, options: session.options)
    }

    static func report(
        _ checkpoint: Checkpoint?, slot: ReplicationSlot?, plan: StartPlan, identity: SystemIdentity, options: RelayOptions
    ) -> Report {
        let (next, isRight) = nextStart(plan)
        var lines = Table(["", ""])
        lines.append(["slot", options.slotName + (slot == nil ? " (does not exist)" : "")])
        if let checkpoint {
            lines.append(["checkpoint", "\(checkpoint.endLSN)"])
            lines.append(["phase", checkpoint.phase.rawValue])
            lines.append(["events", Quantity.count(checkpoint.events)])
            lines.append(["written", checkpoint.updatedAt ?? ""])
            lines.append([
                "system id", checkpoint.systemID + (checkpoint.systemID == identity.systemID ? "" : " (another cluster)"),
            ])
            lines.append([
                "timeline",
                "\(checkpoint.timeline)" + (checkpoint.timeline == identity.timeline ? "" : ", now \(identity.timeline)"),
            ])
        } else {
            lines.append(["checkpoint", "none in \(options.checkpointTable.shown)"])
        }
        lines.append(["slot stands at", slot?.confirmedFlushLSN.map { "\($0)" } ?? "nowhere"])
        lines.append(["next start", next])
        let stored: JSONValue =
            checkpoint.map { row -> JSONValue in
                [
                    "lsn": JSONValue("\(row.endLSN)"), "phase": JSONValue(row.phase.rawValue),
                    "system_id": JSONValue(row.systemID),
                    "timeline": JSONValue(row.timeline), "events": JSONValue(row.events), "updated_at": JSONValue(row.updatedAt),
                ]
            } ?? .null
        return Report(
            text: lines.render(),
            json: [
                "slot": JSONValue(options.slotName), "table": JSONValue(options.checkpointTable.shown), "checkpoint": stored,
                "slot_confirmed_lsn": JSONValue(slot?.confirmedFlushLSN.map { "\($0)" }),
                "system_id": JSONValue(identity.systemID), "timeline": JSONValue(identity.timeline),
                "next_start": JSONValue(next),
                "startable": JSONValue(isRight),
            ], isRight: isRight)
    }

    /// What the relay would do, in words.
    package static func nextStart(_ plan: StartPlan) -> (text: String, isStartable: Bool) {
        switch plan {
        case .firstStart: ("a first start: publish the table's unpublished rows, then stream", true)
        case .repeatFirstStart: ("publish the table's unpublished rows, then stream from a new slot", true)
        case .repair(let finding):
            ("with slot.repair=auto: publish what is missing from the table, then stream from a new slot; \(finding.fact)", false)
        case .stream(let position): ("stream from \(position)", true)
        case .refuse(let finding): ("refused: \(finding.fact); remedy: \(finding.remedy)", false)
        }
    }

    // MARK: set

    /// - Parameter position: everything committed before it counts as published.
    public static func set(_ session: OperatorSession, to position: LSN) throws(OperationError) -> PlannedChange {
        let options = session.options
        let slot = try session.slot()
        if let slot { try session.requireIdle(slot) }
        let old = try session.checkpoint()
        let identity = try session.identity()
        try check(position, walEnd: session.walEnd())
        guard try session.table(options.checkpointTable) != nil else {
            throw OperationError("the table \(options.checkpointTable.shown) does not exist: outbox-relay migrate up")
        }
        let store = CheckpointStore(options.checkpointTable)
        let record = Checkpoint(
            slot: options.slotName, phase: .streaming, systemID: identity.systemID, timeline: identity.timeline, endLSN: position,
            events: old?.systemID == identity.systemID ? old?.events ?? 0 : 0)
        return PlannedChange(
            action: "checkpoint.set", object: "checkpoint of slot \(options.slotName)",
            sentence: "Set the checkpoint of slot \(options.slotName) to \(position)", destroys: true,
            notes: consequences(of: position, old: old, slot: slot),
            perform: { () throws(OperationError) in
                try attempt("writing the checkpoint") { () throws(PostgresError) in
                    try store.write(record, on: session.connection)
                }
                return PlannedChange.Result(
                    "the checkpoint of slot \(options.slotName) is \(position)",
                    [
                        .init("slot", JSONValue(options.slotName)), .init("lsn", JSONValue("\(position)")),
                        .init("previous_lsn", JSONValue(old.map { "\($0.endLSN)" })),
                    ])
            })
    }

    package static func check(_ position: LSN, walEnd: LSN) throws(OperationError) {
        guard position != .zero else { throw OperationError("0/0 is no position; to begin anew: outbox-relay checkpoint reset") }
        guard position <= walEnd else {
            throw OperationError(
                "\(position) is beyond the server's end of WAL, \(walEnd): events up to there would be skipped before they exist")
        }
    }

    /// What is skipped, what is repeated, and whether the relay will start.
    package static func consequences(of position: LSN, old: Checkpoint?, slot: ReplicationSlot?) -> [String] {
        var notes: [String] = []
        let confirmed = slot?.confirmedFlushLSN
        if let old, old.phase == .streaming {
            if position > old.endLSN {
                notes.append(
                    "events committed between \(old.endLSN) and \(position) will not be streamed; they stay in the table")
            } else if position < old.endLSN {
                notes.append("events committed between \(position) and \(old.endLSN) will be published again, with the same ids")
            } else {
                notes.append("that is where it stands already")
            }
        } else if let confirmed, position > confirmed {
            notes.append("events committed between \(confirmed) and \(position) will not be streamed; they stay in the table")
        }
        if let confirmed, position < confirmed {
            notes.append(
                "the slot stands at \(confirmed) and cannot go back: `run` will refuse to start, because what lies in between is not "
                    + "in the slot any more")
        } else if slot == nil {
            notes.append("there is no slot: `run` will refuse to start over a checkpoint without its slot")
        }
        return notes
    }

    // MARK: reset

    public static func reset(_ session: OperatorSession) throws(OperationError) -> PlannedChange {
        let options = session.options
        let slot = try session.slot()
        if let slot { try session.requireIdle(slot) }
        let name = options.slotName
        guard let old = try session.checkpoint() else {
            throw OperationError("the slot \(name) has no checkpoint in \(options.checkpointTable.shown)")
        }
        let store = CheckpointStore(options.checkpointTable)
        return PlannedChange(
            action: "checkpoint.reset", object: "checkpoint of slot \(name)",
            sentence: "Delete the checkpoint of slot \(name), \(old.endLSN)", destroys: true,
            notes: resetConsequences(slot: slot, afterPublish: options.afterPublish),
            perform: { () throws(OperationError) in
                let existed = try attempt("deleting the checkpoint") { () throws(PostgresError) in
                    try store.delete(slot: name, on: session.connection)
                }
                return PlannedChange.Result(
                    existed ? "the checkpoint of slot \(name) is deleted" : "somebody else deleted it already",
                    [.init("slot", JSONValue(name)), .init("previous_lsn", JSONValue("\(old.endLSN)"))])
            })
    }

    package static func resetConsequences(slot: ReplicationSlot?, afterPublish: AfterPublish) -> [String] {
        if let slot, !slot.isLost {
            return [
                "the slot \(slot.name) is still there: the next start streams from \(slot.confirmedFlushLSN.map { "\($0)" } ?? "it"), "
                    + "and the table's rows are not looked at. For a first start drop the slot as well: outbox-relay slot drop"
            ]
        }
        let rows = afterPublish == .keep ? "every row that is in the table, published or not" : "the table's unpublished rows"
        let lost = slot == nil ? "" : "; the lost slot has to be dropped before: outbox-relay slot drop"
        return ["the next start is a first start: it publishes \(rows), makes a slot, and streams from there" + lost]
    }
}
