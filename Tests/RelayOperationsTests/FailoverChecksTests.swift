import PostgresReplication
import RelayCore
import RelayOperations
import Testing

struct FailoverChecksTests {
    /// A primary and a standby on which everything is in order.
    private var healthy: FailoverFacts {
        var facts = FailoverFacts(slotName: "outbox_relay")
        facts.synchronizedSlots = ["standby1"]
        facts.standbySlots = [.init(name: "standby1", isActive: true, hasFeedback: true)]
        facts.logicalSlots = ["outbox_relay", "other"]
        var copy = ReplicationSlot(name: "outbox_relay")
        copy.isSynced = true
        copy.isFailover = true
        copy.walStatus = "reserved"
        facts.standby = .init(
            address: "db2:5432",
            settings: [
                "sync_replication_slots": "on", "hot_standby_feedback": "on", "primary_slot_name": "standby1",
                "primary_conninfo": "host=db1 dbname=postgres", "wal_level": "logical",
            ], slot: copy)
        return facts
    }

    private func troubles(_ spoil: (inout FailoverFacts) -> Void) -> [String] {
        var facts = healthy
        spoil(&facts)
        let findings = FailoverChecks.evaluate(facts).filter { $0.severity != .ok }
        for finding in findings { #expect(!finding.remedy.isEmpty && !finding.fact.isEmpty) }
        return findings.map { "\($0.check) \($0.severity.rawValue)" }
    }

    @Test func `a pair in order gives nothing but ok`() {
        #expect(troubles { _ in } == [])
        #expect(FailoverChecks.evaluate(healthy).count >= 5)
    }

    @Test func `synchronized_standby_slots has to name a standby's slot, and never a logical one`() {
        #expect(troubles { $0.synchronizedSlots = [] } == ["failover.synchronized_slots warn"])
        for name in ["outbox_relay", "other", "missing"] {
            let found = troubles { $0.synchronizedSlots = ["standby1", name] }
            #expect(found == ["failover.synchronized_slots fail"], "\(name)")
        }
        #expect(troubles { $0.standbySlots[0].isActive = false } == ["failover.synchronized_slots fail"])
        #expect(troubles { $0.standbySlots[0].hasFeedback = false } == ["failover.feedback warn"])
    }

    @Test(arguments: ["sync_replication_slots", "hot_standby_feedback"])
    func `a standby that does not copy is named`(setting: String) {
        #expect(troubles { $0.standby?.settings[setting] = "off" } == ["failover.standby_setting fail"])
        #expect(troubles { $0.standby?.settings[setting] = nil } == ["failover.standby_setting fail"])
    }

    @Test func `what else a standby needs is named`() {
        #expect(troubles { $0.standby?.settings["primary_slot_name"] = "" } == ["failover.standby_setting fail"])
        #expect(troubles { $0.standby?.settings["primary_slot_name"] = "another" } == ["failover.standby_setting warn"])
        #expect(troubles { $0.standby?.settings["primary_conninfo"] = "host=db1" } == ["failover.standby_setting fail"])
        #expect(troubles { $0.standby?.settings["primary_conninfo"] = nil } == [], "it is told to few")
        #expect(troubles { $0.standby?.settings["wal_level"] = "replica" } == ["failover.standby_setting fail"])
    }

    @Test func `the copy of the slot has to be there, whole and valid`() {
        #expect(troubles { $0.standby?.slot = nil } == ["failover.standby fail"])
        #expect(troubles { $0.standby?.slot?.isSynced = false } == ["failover.standby fail"])
        #expect(troubles { $0.standby?.slot?.walStatus = "lost" } == ["failover.standby fail"])
        #expect(troubles { $0.standby?.slot?.isTemporary = true } == ["failover.standby warn"])
        #expect(troubles { $0.standby = nil } == ["failover.standby warn"])
    }

    @Test(
        arguments: [
            ("", []), ("a", ["a"]), ("a, b", ["a", "b"]), ("\"a\" ,b,", ["a", "b"]), (" ", []),
        ] as [(String, [String])])
    func `a list of names is read`(text: String, names: [String]) {
        #expect(FailoverFacts.names(text) == names)
    }
}
