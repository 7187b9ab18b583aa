import PostgresReplication
package import RelayCore

/// What `doctor` makes of `FailoverFacts`. Pure.
package enum FailoverChecks {
    package static func evaluate(_ facts: FailoverFacts) -> [Finding] {
        var findings: [Finding] = []
        if let names = facts.synchronizedSlots {
            findings += primary(names, facts)
            findings += feedback(facts)
        }
        if let standby = facts.standby {
            findings += self.standby(standby, facts)
        } else {
            findings.append(
                Finding(
                    "failover.standby", .warn, object: "standby",
                    fact: "none could be asked, so whether it keeps a copy is not known",
                    remedy: "name all hosts in postgres.dsn (host=db1,db2 target_session_attrs=read-write)"))
        }
        return findings
    }

    private static func primary(_ names: [String], _ facts: FailoverFacts) -> [Finding] {
        let object = "synchronized_standby_slots"
        func finding(_ severity: Finding.Severity, _ fact: String, _ remedy: String = "") -> Finding {
            Finding("failover.synchronized_slots", severity, object: object, fact: fact, remedy: remedy)
        }
        guard !names.isEmpty else {
            return [
                finding(
                    .warn,
                    "it is empty: an event can reach Kafka before a standby has it, and after a failover it is in Kafka alone",
                    "ALTER SYSTEM SET synchronized_standby_slots = 'the standby''s physical slot', then SELECT pg_reload_conf()")
            ]
        }
        return names.map { name in
            if name == facts.slotName || facts.logicalSlots.contains(name) {
                return finding(
                    .fail, "it names the logical slot \(name): the stream waits for itself and no event flows",
                    "name the standby's physical slot (its primary_slot_name) instead")
            }
            guard let slot = facts.standbySlots.first(where: { $0.name == name }) else {
                return finding(
                    .fail, "it names the slot \(name), which does not exist: no event flows until it does",
                    "SELECT pg_create_physical_replication_slot('\(name)'), or correct the setting")
            }
            guard slot.isActive else {
                return finding(
                    .fail, "nothing is connected to the slot \(name): no event flows until that standby is back",
                    "bring the standby back, or take the slot out of the setting and SELECT pg_reload_conf()")
            }
            return finding(.ok, "events wait until the standby of the slot \(name) has them")
        }
    }

    /// What the primary sees of hot_standby_feedback.
    private static func feedback(_ facts: FailoverFacts) -> [Finding] {
        facts.standbySlots.filter { $0.isActive && !$0.hasFeedback }.map { slot in
            Finding(
                "failover.feedback", .warn, object: "slot \(slot.name)",
                fact: "its standby does not tell which rows it needs: its copies of slots can be invalidated",
                remedy: "on the standby: ALTER SYSTEM SET hot_standby_feedback = on, then SELECT pg_reload_conf()")
        }
    }

    private static func standby(_ standby: FailoverFacts.Standby, _ facts: FailoverFacts) -> [Finding] {
        var findings: [Finding] = []
        for name in ["sync_replication_slots", "hot_standby_feedback"] {
            let isOn = standby.settings[name] == "on"
            findings.append(
                Finding(
                    "failover.standby_setting", isOn ? .ok : .fail, object: "\(name) on \(standby.address)",
                    fact: "it is \(standby.settings[name] ?? "unknown")",
                    remedy: isOn ? "" : "on the standby: ALTER SYSTEM SET \(name) = on, then SELECT pg_reload_conf()"))
        }
        let level = standby.settings["wal_level"]
        if level != "logical" {
            findings.append(
                Finding(
                    "failover.standby_setting", .fail, object: "wal_level on \(standby.address)",
                    fact: "it is \(level ?? "unknown")",
                    remedy: "wal_level=logical on the standby as well, then restart it"))
        }
        findings.append(slotName(standby, facts))
        if let text = standby.settings["primary_conninfo"], !text.isEmpty {
            let hasDatabase = text.contains("dbname")
            findings.append(
                Finding(
                    "failover.standby_setting", hasDatabase ? .ok : .fail, object: "primary_conninfo on \(standby.address)",
                    fact: hasDatabase ? "it names a database" : "it names no database: slots are not copied",
                    remedy: hasDatabase ? "" : "add dbname=postgres to primary_conninfo"))
        }
        findings.append(copy(standby))
        return findings
    }

    private static func slotName(_ standby: FailoverFacts.Standby, _ facts: FailoverFacts) -> Finding {
        let name = standby.settings["primary_slot_name"] ?? ""
        let object = "primary_slot_name on \(standby.address)"
        if name.isEmpty {
            return Finding(
                "failover.standby_setting", .fail, object: object, fact: "it is empty: slots are not copied without it",
                remedy: "a physical slot on the primary, and its name in primary_slot_name")
        }
        if let names = facts.synchronizedSlots, !names.isEmpty, !names.contains(name) {
            return Finding(
                "failover.standby_setting", .warn, object: object,
                fact:
                    "it is \(name), which synchronized_standby_slots on the primary does not name: events do not wait for this standby",
                remedy: "add it there, unless another standby is to be promoted")
        }
        return Finding("failover.standby_setting", .ok, object: object, fact: "it is \(name)")
    }

    private static func copy(_ standby: FailoverFacts.Standby) -> Finding {
        let object = "standby \(standby.address)"
        guard let slot = standby.slot, slot.isSynced else {
            return Finding(
                "failover.standby", .fail, object: object, fact: "it has no copy of the slot",
                remedy: "the findings above; its log says what keeps it from copying")
        }
        if slot.isLost {
            return Finding(
                "failover.standby", .fail, object: object,
                fact: "its copy is invalidated" + (slot.invalidationReason.map { " (\($0))" } ?? ""),
                remedy: "hot_standby_feedback on the standby; the copy is made anew by itself")
        }
        if slot.isTemporary {
            return Finding(
                "failover.standby", .warn, object: object,
                fact: "its copy is not complete yet: it would not survive a promotion now",
                remedy: "wait until the relay has confirmed more, or an idle database has moved on")
        }
        return Finding(
            "failover.standby", .ok, object: object,
            fact: "it has a copy of the slot, at \(slot.confirmedFlushLSN.map { "\($0)" } ?? "no position")")
    }
}
