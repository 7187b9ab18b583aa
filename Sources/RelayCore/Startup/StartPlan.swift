public import ByteCoding
public import PostgresReplication

/// What to do with what is there at the start: slot, stored checkpoint, cluster. Pure.
///
/// A slot is never silently recreated over stored progress: whatever would skip events is a finding that names the object, the
/// fact and the command that mends it, and is repaired from the table or refused (promise P7).
public enum StartPlan: Equatable, Sendable {
    /// There was never a slot: create publication and slot, publish the table by snapshot, then stream.
    case firstStart
    /// What the slot holds does not count: a first start was interrupted, or the table was polled since. Drop it and publish the
    /// table by snapshot.
    case repeatFirstStart
    case stream(from: LSN)
    /// The slot no longer leads to everything, and the table does: drop what there is of it and publish the table by snapshot.
    case repair(Finding)
    case refuse(Finding)

    /// - Parameter tellsUnpublished: the table shows which rows are unpublished, so that a repair repeats little.
    public static func make(
        slotName: String, slot: ReplicationSlot?, checkpoint: Checkpoint?, identity: SystemIdentity, database: String,
        tellsUnpublished: Bool = true
    ) -> StartPlan {
        if let checkpoint, checkpoint.systemID != identity.systemID {
            return .refuse(
                Finding(
                    "checkpoint.system", .fail, object: "checkpoint of slot \(slotName)",
                    fact: "it was written on the cluster \(checkpoint.systemID), this is \(identity.systemID): "
                        + "its position means nothing here",
                    remedy: "check postgres.dsn; if the database was moved: outbox-relay checkpoint reset --yes"))
        }
        guard let slot else {
            guard let checkpoint, checkpoint.phase == .streaming else { return .firstStart }
            return .repair(
                Finding(
                    "slot.missing", .fail, object: "slot \(slotName)",
                    fact: "it does not exist, but a checkpoint says that it was streamed up to \(checkpoint.endLSN): "
                        + "it was dropped, or the server was restored or failed over without it; what was committed since "
                        + "is only in the table",
                    remedy: "publish the table's unpublished rows and begin a new slot: slot.repair=auto does it; "
                        + "by hand: outbox-relay checkpoint reset --yes, then run"))
        }
        if let finding = unusable(slot, database: database) { return .refuse(finding) }
        if slot.isLost { return checkpoint?.phase == .snapshot ? .repeatFirstStart : .repair(lost(slot)) }
        guard let checkpoint else { return .stream(from: slot.confirmedFlushLSN ?? .zero) }
        if checkpoint.phase == .snapshot { return .repeatFirstStart }
        if checkpoint.endLSN > identity.position {
            return .refuse(
                Finding(
                    "checkpoint.ahead", .fail, object: "checkpoint of slot \(slotName)",
                    fact: "it stands at \(checkpoint.endLSN), and the WAL ends at \(identity.position): everything committed "
                        + "before that position would be skipped without a word",
                    remedy: "outbox-relay checkpoint set \(slot.confirmedFlushLSN ?? identity.position) --yes"))
        }
        if let confirmed = slot.confirmedFlushLSN, confirmed > checkpoint.endLSN {
            // A promoted standby can have the slot's copy without the last checkpoint row: the copy came by another way than the
            // WAL. What the slot says was confirmed on the old primary, so it is in Kafka; only marks can be missing.
            if slot.isFailover, checkpoint.timeline < identity.timeline, !tellsUnpublished { return .stream(from: confirmed) }
            return .repair(
                Finding(
                    "slot.advanced", .fail, object: "slot \(slotName)",
                    fact: "it stands at \(confirmed), beyond the checkpoint \(checkpoint.endLSN): it was advanced or recreated "
                        + "behind our back, and what was committed in between will not be streamed",
                    remedy: "publish what is missing from the table: slot.repair=auto does it; by hand: "
                        + "outbox-relay slot drop --yes, checkpoint reset --yes, then run; or accept the gap: outbox-relay checkpoint set \(confirmed) --yes"
                ))
        }
        return .stream(from: checkpoint.endLSN)
    }

    private static func unusable(_ slot: ReplicationSlot, database: String) -> Finding? {
        let object = "slot \(slot.name)"
        if !slot.isLogical || slot.plugin != "pgoutput" {
            return Finding(
                "slot.plugin", .fail, object: object,
                fact: slot.isLogical ? "its plugin is \(slot.plugin ?? "unknown"), not pgoutput" : "it is a physical slot",
                remedy: "choose another slot.name")
        }
        if let other = slot.database, other != database {
            return Finding(
                "slot.database", .fail, object: object, fact: "it belongs to the database \(other), not to \(database)",
                remedy: "connect to that database, or choose another slot.name")
        }
        if slot.isTemporary {
            return Finding(
                "slot.temporary", .fail, object: object, fact: "it is temporary and ends with the session that made it",
                remedy: "choose another slot.name")
        }
        if slot.isTwoPhase {
            return Finding(
                "slot.two_phase", .fail, object: object,
                fact: "it delivers at PREPARE TRANSACTION, also what is rolled back later",
                remedy: "choose another slot.name, or drop it and let it be created again: outbox-relay slot drop --yes")
        }
        return nil
    }

    private static func lost(_ slot: ReplicationSlot) -> Finding {
        let reason = slot.invalidationReason.map { " (\($0))" } ?? ""
        return Finding(
            "slot.lost", .fail, object: "slot \(slot.name)",
            fact: "the server invalidated it\(reason): the WAL it needs is gone, and what was committed since "
                + "\(slot.confirmedFlushLSN.map { "\($0)" } ?? "then") is only in the table",
            remedy: "publish what is missing from the table: slot.repair=auto does it; by hand: outbox-relay slot drop --yes, "
                + "checkpoint reset --yes, then run; raise max_slot_wal_keep_size or idle_replication_slot_timeout")
    }
}
