import ByteCoding
import PostgresReplication
import RelayCore
import RelayOperations
import Testing

/// What `slot advance` and `checkpoint set|reset` allow, and what they say will come of it.
struct SlotRulesTests {
    private static func lsn(_ value: UInt64) -> LSN { LSN(rawValue: value) }

    private func slot(at position: UInt64) -> ReplicationSlot {
        var slot = ReplicationSlot(name: "s")
        slot.confirmedFlushLSN = Self.lsn(position)
        slot.walStatus = "reserved"
        return slot
    }

    private func checkpoint(at position: UInt64, phase: Checkpoint.Phase = .streaming) -> Checkpoint {
        Checkpoint(slot: "s", phase: phase, systemID: "1", timeline: 1, endLSN: Self.lsn(position), events: 5)
    }

    @Test func `a slot is advanced within what there is`() throws {
        #expect(try SlotAdvance.target(.position(Self.lsn(20)), slot: slot(at: 10), walEnd: Self.lsn(30)) == Self.lsn(20))
        #expect(try SlotAdvance.target(.current, slot: slot(at: 10), walEnd: Self.lsn(30)) == Self.lsn(30))
    }

    @Test(arguments: [5, 10, 31] as [UInt64])
    func `a slot goes neither back nor beyond the end`(target: UInt64) {
        #expect(throws: OperationError.self) {
            try SlotAdvance.target(.position(Self.lsn(target)), slot: slot(at: 10), walEnd: Self.lsn(30))
        }
    }

    @Test func `a lost or physical slot is not advanced`() {
        var lost = slot(at: 10)
        lost.walStatus = "lost"
        var physical = slot(at: 10)
        physical.isLogical = false
        for slot in [lost, physical] {
            #expect(throws: OperationError.self) { try SlotAdvance.target(.current, slot: slot, walEnd: Self.lsn(30)) }
        }
    }

    @Test func `with a checkpoint behind the target the relay's refusal is announced`() {
        #expect(SlotAdvance.reaction(checkpoint(at: 10), target: Self.lsn(20))[0].contains("refuse"))
        #expect(SlotAdvance.reaction(checkpoint(at: 20), target: Self.lsn(20))[0].contains("without a word"))
        #expect(SlotAdvance.reaction(nil, target: Self.lsn(20))[0].contains("without a word"))
    }

    @Test func `a checkpoint lies between 0/0 and the end of WAL`() throws {
        try CheckpointOperations.check(Self.lsn(30), walEnd: Self.lsn(30))
        #expect(throws: OperationError.self) { try CheckpointOperations.check(.zero, walEnd: Self.lsn(30)) }
        #expect(throws: OperationError.self) { try CheckpointOperations.check(Self.lsn(31), walEnd: Self.lsn(30)) }
    }

    @Test(
        arguments: [
            (20, 10, 5, ["will not be streamed"]), (10, 20, 5, ["published again"]), (10, 10, 5, ["already"]),
            (3, 20, 5, ["published again", "refuse"]),
        ] as [(UInt64, UInt64, UInt64, [String])])
    func `consequences of a new checkpoint are named`(new: UInt64, old: UInt64, confirmed: UInt64, expected: [String]) {
        let notes = CheckpointOperations.consequences(of: Self.lsn(new), old: checkpoint(at: old), slot: slot(at: confirmed))
        #expect(notes.count == expected.count)
        for (note, words) in zip(notes, expected) { #expect(note.contains(words)) }
    }

    @Test func `a checkpoint without its slot is called what it is`() {
        #expect(CheckpointOperations.consequences(of: Self.lsn(1), old: nil, slot: nil).last?.contains("no slot") == true)
    }

    @Test func `only without the slot a reset leads to a first start`() {
        #expect(
            CheckpointOperations.resetConsequences(slot: nil, afterPublish: .mark)[0].contains(
                "first start: it publishes the table's"))
        #expect(CheckpointOperations.resetConsequences(slot: nil, afterPublish: .keep)[0].contains("published or not"))
        #expect(CheckpointOperations.resetConsequences(slot: slot(at: 7), afterPublish: .mark)[0].contains("streams from 0/7"))
    }

    @Test func `the next start is put in words`() {
        #expect(CheckpointOperations.nextStart(.stream(from: Self.lsn(255))).text == "stream from 0/FF")
        #expect(CheckpointOperations.nextStart(.firstStart).isStartable)
        let finding = Finding("slot.missing", .fail, object: "slot s", fact: "gone", remedy: "mend")
        #expect(CheckpointOperations.nextStart(.refuse(finding)) == ("refused: gone; remedy: mend", false))
    }
}
