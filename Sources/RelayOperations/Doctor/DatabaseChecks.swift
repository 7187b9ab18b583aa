import OutboxModel
import PostgresReplication
package import RelayCore

/// What `doctor` makes of `DatabaseFacts`. Pure.
package enum DatabaseChecks {
    /// A slot that holds more than this is worth a word.
    static let muchWAL: Int64 = 1 << 30

    package static func evaluate(_ facts: DatabaseFacts, server: ServerFacts, options: RelayOptions) -> [Finding] {
        var findings = [encoding(facts)]
        if let clock = clock(facts) { findings.append(clock) }
        findings.append(retention(facts))
        findings += slots(facts, options)
        if server.table != nil { findings += table(facts, server, options) }
        return findings
    }

    private static func encoding(_ facts: DatabaseFacts) -> Finding {
        let isChecked = facts.serverEncoding != "SQL_ASCII"
        return Finding(
            "server.encoding", isChecked ? .ok : .warn, object: "server_encoding",
            fact: "it is \(facts.serverEncoding)" + (isChecked ? "" : ": nothing keeps bytes that are no UTF-8 out of events"),
            remedy: isChecked ? "" : "use a database with the encoding UTF8")
    }

    private static func clock(_ facts: DatabaseFacts) -> Finding? {
        guard let skew = facts.clockSkewSeconds else { return nil }
        let isOff = abs(skew) - facts.clockUncertaintySeconds > 1
        let shown = Quantity.duration(seconds: abs(skew))
        return Finding(
            "server.clock", isOff ? .warn : .ok, object: "clocks",
            fact: isOff
                ? "the server is \(shown) \(skew > 0 ? "ahead of" : "behind") this machine: delivery times are wrong by as much"
                : "server and this machine agree within a second",
            remedy: isOff ? "let both machines follow a time service (chrony, systemd-timesyncd)" : "")
    }

    private static func retention(_ facts: DatabaseFacts) -> Finding {
        guard let keep = facts.walKeepBytes else {
            return Finding(
                "server.wal_keep", .warn, object: "max_slot_wal_keep_size",
                fact: "it is unlimited: while the relay is down, WAL grows until the disk is full",
                remedy: "ALTER SYSTEM SET max_slot_wal_keep_size = '50GB' (what the disk can spare), then SELECT pg_reload_conf()"
            )
        }
        return Finding("server.wal_keep", .ok, object: "max_slot_wal_keep_size", fact: "it is \(Quantity.bytes(keep))")
    }

    private static func slots(_ facts: DatabaseFacts, _ options: RelayOptions) -> [Finding] {
        var findings: [Finding] = []
        for slot in facts.slots {
            let retained = slot.retainedWALBytes ?? 0
            let object = "slot \(slot.name)"
            if slot.name == options.slotName {
                guard !slot.isLost else { continue }
                findings.append(ownSlot(slot, retained, object, keep: facts.walKeepBytes))
            } else if slot.isLost {
                findings.append(
                    Finding(
                        "slot.other", .warn, object: object,
                        fact: "another one, invalidated by the server and of no use to anybody",
                        remedy: "SELECT pg_drop_replication_slot('\(slot.name)'), when its owner agrees"))
            } else if retained > muchWAL {
                findings.append(
                    Finding(
                        "slot.other", .warn, object: object,
                        fact:
                            "another one, \(slot.isActive ? "active" : "inactive"): it keeps \(Quantity.bytes(retained)) of WAL",
                        remedy: "look after its consumer, or drop it"))
            }
        }
        return findings
    }

    private static func ownSlot(_ slot: ReplicationSlot, _ retained: Int64, _ object: String, keep: Int64?) -> Finding {
        let safe = slot.safeWALSize
        let isNearlyFull = safe.flatMap { safe in keep.map { safe < $0 / 4 } } ?? false
        let isInDanger = slot.walStatus == "unreserved" || isNearlyFull
        let room = safe.map { ", \(Quantity.bytes(max(0, $0))) more until it is lost" } ?? ""
        return Finding(
            "slot.wal", isInDanger || retained > muchWAL ? .warn : .ok, object: object,
            fact: "it keeps \(Quantity.bytes(retained)) of WAL (\(slot.walStatus ?? "unknown"))\(room)",
            remedy: isInDanger
                ? "let the relay catch up, or raise max_slot_wal_keep_size now"
                : retained > muchWAL ? "let the relay catch up: outbox-relay status says what holds it" : "")
    }

    private static func table(_ facts: DatabaseFacts, _ server: ServerFacts, _ options: RelayOptions) -> [Finding] {
        let object = "table \(options.table)"
        var findings: [Finding] = []
        if options.afterPublish != .keep {
            let id = options.columns[.id] ?? "id"
            findings.append(
                Finding(
                    "table.id_index", facts.hasIDIndex ? .ok : .warn, object: object,
                    fact: facts.hasIDIndex
                        ? "\(id) has an index" : "\(id) has no index: every batch of bookkeeping reads the whole table",
                    remedy: facts.hasIDIndex ? "" : "make \(id) the primary key, or index it"))
        }
        if options.afterPublish == .mark, let status = options.columns[.status], server.table?.column(status) != nil {
            findings.append(
                Finding(
                    "table.pending_index", facts.hasPendingIndex ? .ok : .warn, object: object,
                    fact: facts.hasPendingIndex
                        ? "unpublished rows are found by an index"
                        : "no index finds unpublished rows: counting them, and polling, reads the whole table",
                    remedy: facts.hasPendingIndex
                        ? "" : "a partial index WHERE \(status) IN ('PENDING', 'FAILED'), as in sql/migrations/001"))
        }
        let own = facts.slots.first { $0.name == options.slotName }
        if let pending = facts.backlog.pendingText {
            let age = facts.backlog.oldestPendingSeconds
            let isOld = (age ?? 0) > 60
            let isStreaming = own?.isActive == true
            findings.append(
                Finding(
                    "table.pending", isOld ? .warn : .ok, object: object,
                    fact: "\(pending) unpublished row\(facts.backlog.pendingRows == 1 ? "" : "s")"
                        + (age.map { ", the oldest for \(Quantity.duration(seconds: $0))" } ?? "")
                        + (!isOld ? "" : isStreaming ? ", although a relay streams" : ", and nobody streams"),
                    remedy: !isOld
                        ? ""
                        : isStreaming
                            ? "outbox-relay status says whether it is behind; rows older than the slot are never streamed: slot drop, "
                                + "checkpoint reset, then run"
                            : "outbox-relay run"))
        }
        return findings
    }
}
