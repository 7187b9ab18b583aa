import ByteCoding
import PostgresReplication
import RelayCore
import Testing

struct StartPlanTests {
    enum Slot: CaseIterable {
        case missing, usable, ahead, unset, active, physical, otherPlugin, otherDatabase, temporary, twoPhase, lost, idleTimeout
    }

    enum Stored: CaseIterable {
        case nothing, snapshot, streaming, otherCluster, otherTimeline, beyondTheLog
    }

    private func slot(_ kind: Slot) -> ReplicationSlot? {
        var slot = ReplicationSlotSample.usable
        switch kind {
        case .missing: return nil
        case .usable: break
        case .ahead: slot.confirmedFlushLSN = 0x2001
        case .unset: slot.confirmedFlushLSN = nil
        case .active: slot.isActive = true
        case .physical:
            slot.isLogical = false
            slot.plugin = nil
        case .otherPlugin: slot.plugin = "wal2json"
        case .otherDatabase: slot.database = "billing"
        case .temporary: slot.isTemporary = true
        case .twoPhase: slot.isTwoPhase = true
        case .lost: slot.walStatus = "lost"
        case .idleTimeout: slot.invalidationReason = "idle_timeout"
        }
        return slot
    }

    private func checkpoint(_ kind: Stored) -> Checkpoint? {
        var checkpoint = Checkpoint(
            slot: "outbox_relay", phase: .streaming, systemID: "1", timeline: 1, endLSN: 0x2000, events: 5)
        switch kind {
        case .nothing: return nil
        case .snapshot:
            checkpoint.phase = .snapshot
            checkpoint.endLSN = .zero
        case .streaming: break
        case .otherCluster: checkpoint.systemID = "2"
        case .otherTimeline: checkpoint.timeline = 7
        case .beyondTheLog: checkpoint.endLSN = 0x7_0000_0000
        }
        return checkpoint
    }

    private func plan(_ slot: Slot, _ stored: Stored) -> StartPlan {
        StartPlan.make(
            slotName: "outbox_relay", slot: self.slot(slot), checkpoint: checkpoint(stored),
            identity: ReplicationSlotSample.identity,
            database: "shop")
    }

    /// The whole table. A slot that cannot be used is refused whatever is stored; a checkpoint of another cluster as well.
    private func expected(_ slot: Slot, _ stored: Stored) -> String {
        if stored == .otherCluster { return "checkpoint.system" }
        switch slot {
        case .missing: return stored == .nothing || stored == .snapshot ? "first start" : "slot.missing"
        case .physical, .otherPlugin: return "slot.plugin"
        case .otherDatabase: return "slot.database"
        case .temporary: return "slot.temporary"
        case .twoPhase: return "slot.two_phase"
        case .lost, .idleTimeout: return stored == .snapshot ? "repeat the first start" : "slot.lost"
        case .usable, .active, .unset, .ahead: break
        }
        switch stored {
        case .nothing: return slot == .unset ? "stream from 0/0" : slot == .ahead ? "stream from 0/2001" : "stream from 0/1000"
        case .snapshot: return "repeat the first start"
        case .beyondTheLog: return "checkpoint.ahead"
        default: return slot == .ahead ? "slot.advanced" : "stream from 0/2000"
        }
    }

    @Test(arguments: Slot.allCases, Stored.allCases) func `slot and checkpoint decide how to start`(slot: Slot, stored: Stored) {
        let text =
            switch plan(slot, stored) {
            case .firstStart: "first start"
            case .repeatFirstStart: "repeat the first start"
            case .stream(let lsn): "stream from \(lsn)"
            case .repair(let finding): "repair " + finding.check
            case .refuse(let finding): finding.check
            }
        let repairable: Set = ["slot.missing", "slot.lost", "slot.advanced"]
        let wanted = expected(slot, stored)
        #expect(text == (repairable.contains(wanted) ? "repair " + wanted : wanted))
    }

    @Test(arguments: Slot.allCases, Stored.allCases) func `a refusal names the object, the fact and the remedy`(
        slot: Slot, stored: Stored
    ) {
        let finding: Finding
        switch plan(slot, stored) {
        case .refuse(let refused): finding = refused
        case .repair(let gap): finding = gap
        default: return
        }
        #expect(finding.severity == .fail && finding.object.contains("outbox_relay"))
        #expect(!finding.fact.isEmpty && !finding.remedy.isEmpty)
    }

    @Test func `facts that matter are in the words`() {
        guard case .repair(let advanced) = plan(.ahead, .streaming), case .refuse(let cluster) = plan(.usable, .otherCluster),
            case .repair(let lost) = plan(.idleTimeout, .streaming)
        else {
            Issue.record("accepted")
            return
        }
        #expect(advanced.fact.contains("0/2001") && advanced.fact.contains("0/2000"))
        #expect(cluster.fact.contains("cluster 2") && cluster.fact.contains("is 1"))
        #expect(lost.fact.contains("idle_timeout"))
    }

    /// The copy of a slot comes to a standby by another way than the checkpoint's row, so it can be ahead of it.
    @Test(arguments: [(true, 1, true), (true, 2, false), (false, 1, false)] as [(Bool, Int64, Bool)])
    func `on a promoted standby the copy of the slot may be ahead of the checkpoint`(
        isFailover: Bool, timeline: Int64, goesOn: Bool
    ) {
        var slot = ReplicationSlotSample.usable
        slot.confirmedFlushLSN = 0x2001
        slot.isFailover = isFailover
        var stored = Checkpoint(slot: slot.name, phase: .streaming, systemID: "1", timeline: timeline, endLSN: 0x2000, events: 5)
        let identity = SystemIdentity(systemID: "1", timeline: 2, position: 0xFFFF_FFFF)
        func plan() -> StartPlan {
            StartPlan.make(
                slotName: slot.name, slot: slot, checkpoint: stored, identity: identity, database: "shop", tellsUnpublished: false
            )
        }
        #expect((plan() == .stream(from: 0x2001)) == goesOn)
        stored.endLSN = 0x2002
        #expect(plan() == .stream(from: 0x2002), "what is stored counts as ever")
    }

    @Test func `a slot exactly at the checkpoint is ours`() {
        var slot = ReplicationSlotSample.usable
        slot.confirmedFlushLSN = 0x2000
        let plan = StartPlan.make(
            slotName: slot.name, slot: slot, checkpoint: checkpoint(.streaming), identity: ReplicationSlotSample.identity,
            database: "shop")
        #expect(plan == .stream(from: 0x2000))
    }
}
