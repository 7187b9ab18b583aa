import RelayPolling
import Testing

@Suite struct BatchOutcomeTests {
    private func outcome(_ keys: String, attempts: [Int]? = nil) -> BatchOutcome {
        let keys = keys.map(String.init)
        return BatchOutcome(
            ids: keys.indices.map { "id\($0)" }, keys: keys, attempts: attempts ?? Array(repeating: 0, count: keys.count))
    }

    @Test func `Nothing is known at first`() {
        let outcome = outcome("aba")
        #expect(outcome.openRows == [0, 1, 2])
        #expect(outcome.settled.isEmpty)
        #expect(!outcome.hasSuspects)
    }

    @Test func `A failure holds back what is behind it of its key, and nothing else`() {
        var outcome = outcome("abab")
        outcome.fail(0, reason: "refused", random: 0)
        #expect(!outcome.isHeldBack(1) && outcome.isHeldBack(2) && !outcome.isHeldBack(3))
        outcome.deliver(1)
        outcome.giveBack(2)
        #expect(outcome[0] == .failed(reason: "refused", delay: 2_000))
        #expect(outcome.ids { $0 == .delivered } == ["id1"])
        #expect(outcome.ids { $0 == .returned } == ["id2"])
        #expect(outcome.openRows == [3])
        #expect(outcome.number { $0 == .open } == 1)
    }

    @Test func `A dead letter holds back nobody`() {
        var outcome = outcome("aa")
        outcome.bury(0, reason: "topic_invalid: x")
        #expect(!outcome.isHeldBack(1))
        #expect(outcome[0] == .dead(reason: "topic_invalid: x"))
    }

    @Test func `What has failed before is suspect with all that is behind it of its key, not what is ahead`() {
        let outcome = outcome("abaab", attempts: [0, 0, 3, 0, 0])
        #expect((0..<5).map { outcome.isSuspect($0) } == [false, false, true, true, false])
        #expect(outcome.hasSuspects)
        #expect(outcome.attemptsAfterFailure(2) == 4)
    }
}
