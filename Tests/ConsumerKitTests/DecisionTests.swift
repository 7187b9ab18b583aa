import ConsumerKit
import Kafka
import Testing

/// The small decisions, each by its table.
struct DecisionTests {
    @Test(
        arguments: [
            (nil, nil, 3, nil), (nil, 5, 3, .noHighWaterMark), (7, nil, 3, .noCommittedOffset), (7, 5, 7, nil), (7, 9, 7, nil),
            (3, 3, 3, nil), (10, 10, 10, nil), (11, 10, 3, .topicMadeAnew(mark: 11)), (1, 1, 3, .retentionPassed(missing: 2)),
            (11, nil, 3, .topicMadeAnew(mark: 11)),
        ] as [(Int64?, Int64?, Int64, StartDecision.Finding?)])
    func `Reading begins at the database's mark when it lies in the partition`(
        mark: Int64?, committed: Int64?, offset: Int64, finding: StartDecision.Finding?
    ) {
        let decision = StartDecision.decide(highWater: mark, committed: committed, low: 3, high: 10)
        #expect(decision.offset == offset && decision.finding == finding)
        #expect(decision.replacesMark == ((mark ?? 0) > 10))
    }

    @Test
    func `The flood guard objects to long runs and to a bad share of the window`() {
        var byRun = FloodGuard(FloodGuard.Limits(consecutive: 3, ratio: 0, window: 10))
        #expect(byRun.note([true, true, true]) == nil)
        #expect(byRun.note([true]) != nil)
        var mixed = FloodGuard(FloodGuard.Limits(consecutive: 3, ratio: 0, window: 10))
        #expect(mixed.note([true, true, true, false, true, true, true]) == nil)
        #expect(mixed.note([false, true, true, true, true, false]) != nil, "a run within a batch counts too")
        var byShare = FloodGuard(FloodGuard.Limits(consecutive: 0, ratio: 0.5, window: 10))
        #expect(byShare.note(Array(repeating: true, count: 5)) == nil)
        byShare.noteGood(5)
        #expect(byShare.note([true]) == nil, "it pushes an old bad one out")
        #expect(byShare.note([true, true, true, true, true]) != nil)
        var good = FloodGuard(FloodGuard.Limits(consecutive: 1, ratio: 0.1, window: 10))
        good.noteGood(1_000_000)
        #expect(good.note([true]) == nil)
        var off = FloodGuard(FloodGuard.Limits(consecutive: 0, ratio: 0, window: 10))
        #expect(off.note(Array(repeating: true, count: 1_000)) == nil)
    }

    @Test
    func `A key keeps its lane, keys spread over all, and keyless records follow their partition`() {
        let plan = LanePlan(lanes: 4)
        var counts = [0, 0, 0, 0]
        for number in 0..<4_000 { counts[plan.lane(key: Array(String(number).utf8), partition: 0)] += 1 }
        #expect(counts.allSatisfy { $0 > 800 && $0 < 1_200 }, "\(counts)")
        #expect(plan.lane(key: Array("a".utf8), partition: 0) == plan.lane(key: Array("a".utf8), partition: 3))
        #expect(Set((0..<4).map { plan.lane(key: nil, partition: $0) }).count == 4)
        #expect(LanePlan(lanes: 0).lane(key: nil, partition: 9) == 0)
    }

    @Test
    func `Delays double up to the maximum, each from the upper half of its step`() {
        let policy = RetryPolicy(retries: 3, initialMilliseconds: 100, maximumMilliseconds: 1_000)
        #expect((1...6).map { policy.delay(afterAttempt: $0, random: 0.999999) } == [100, 200, 400, 800, 1_000, 1_000])
        #expect((1...3).map { policy.delay(afterAttempt: $0, random: 0) } == [50, 100, 200])
    }

    @Test(
        arguments: [
            (7, "604800000", nil, true), (7, "604800001", nil, false), (0, "-1", nil, true), (7, "-1", nil, false),
            (30, "604800000", "compact", false), (30, "604800000", "compact,delete", true), (391, "1", nil, false),
            (7, nil, nil, true),
        ] as [(Int64, String?, String?, Bool)])
    func `Claims have to outlive the events in their topics`(days: Int64, retention: String?, policy: String?, isAllowed: Bool) {
        var settings = KafkaProperties()
        settings["retention.ms"] = retention
        settings["cleanup.policy"] = policy
        let objection = RetentionCheck.objection(days: days, topics: [("order.events", settings)])
        #expect((objection == nil) == isAllowed, "\(objection ?? "")")
    }

    @Test
    func `Behind a dead letter of its key an event is applied, parked or sent after it`() {
        let keys = [1: "a", 2: "a", 3: "b", 4: "a"]
        func plan(_ parking: ParkingPolicy, blocked: Set<BlockedKey> = [], known: Set<Int> = []) -> TransactionPlan {
            TransactionPlan(
                range: 0..<6, condemned: [1: DeadLetterCause(.badData, "x", firstFailedAt: 0, lastFailedAt: 0)], parking: parking,
                blocked: blocked, now: 0, isEvent: { $0 != 5 }, isKnown: { known.contains($0) },
                key: { keys[$0].map { BlockedKey(topic: "t", key: Array($0.utf8)) } })
        }
        let ignoring = plan(.ignore)
        #expect(ignoring.apply == [0, 2, 3, 4] && ignoring.deadLetters.map(\.index) == [1] && ignoring.passedOver == [5])
        let waiting = plan(.wait)
        #expect(waiting.apply == [0, 3] && waiting.parked == [2, 4] && waiting.deadLetters.map(\.index) == [1])
        let following = plan(.follow)
        #expect(following.apply == [0, 3] && following.deadLetters.map(\.index) == [1, 2, 4] && following.parked.isEmpty)
        #expect(following.deadLetters.map(\.cause.kind) == [.badData, .followed, .followed])
        let blocked = plan(.wait, blocked: [BlockedKey(topic: "t", key: Array("b".utf8))], known: [2])
        #expect(blocked.apply == [0, 2] && blocked.parked == [3, 4], "what was applied before has nothing to wait for")
    }

    @Test
    func `A refusal comes too late when a later event of its key was given out with it`() {
        let keys = ["a", "b", "a", nil]
        func late(_ rejected: [Int], _ parking: ParkingPolicy) -> [Int] {
            TransactionPlan.condemnedTooLate(rejected, applied: [0, 1, 2, 3], parking: parking) { index in
                keys[index].map { BlockedKey(topic: "t", key: Array($0.utf8)) }
            }
        }
        #expect(late([0], .wait) == [0] && late([0], .follow) == [0] && late([0], .ignore) == [])
        #expect(late([2], .wait) == [] && late([1], .wait) == [] && late([3], .wait) == [])
        #expect(late([0, 2], .wait) == [0], "the later one may only have missed the first")
    }
}
