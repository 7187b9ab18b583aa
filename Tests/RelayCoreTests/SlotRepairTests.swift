import RelayCore
import Testing

struct SlotRepairTests {
    private let gap = Finding("slot.lost", .fail, object: "slot s", fact: "gone", remedy: "by hand")

    @Test func `auto repairs what the table shows, manual stops with the command`() {
        #expect(SlotRepair.auto.decide(gap, tellsUnpublished: true) == nil)
        #expect(SlotRepair.manual.decide(gap, tellsUnpublished: true) == gap)
        #expect(SlotRepair.manual.decide(gap, tellsUnpublished: false) == gap)
    }

    @Test func `without knowing what is unpublished nothing is repaired`() {
        let refusal = SlotRepair.auto.decide(gap, tellsUnpublished: false)
        #expect(refusal?.check == "slot.lost" && refusal?.severity == .fail)
        #expect(refusal?.fact.contains("after.publish") == true && refusal?.remedy.contains("replay") == true)
    }
}
