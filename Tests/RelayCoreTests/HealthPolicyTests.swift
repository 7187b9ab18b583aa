import RelayCore
import Testing

struct HealthPolicyTests {
    private static let stallAfter = 10 * second
    private static let now = 1_000 * second

    /// All is well, and was seen a second ago.
    private static func healthy(_ change: (inout HealthPolicy.Observation) -> Void = { _ in }) -> HealthPolicy.Observation {
        var seen = HealthPolicy.Observation(
            phase: .streaming, lastFrameAt: now - second, isThrottled: false, oldestOpenedAt: now - second,
            oldestAwaitsBookkeeping: false, brokerAnsweredAt: now - second)
        change(&seen)
        return seen
    }

    private func reasons(_ seen: HealthPolicy.Observation) -> [String] {
        HealthPolicy.reasons(seen, now: Self.now, stallAfter: Self.stallAfter)
    }

    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let seen: HealthPolicy.Observation
        let reasons: [String]
    }

    @Test(arguments: [
        Case(testDescription: "all is well", seen: healthy(), reasons: []),
        Case(testDescription: "nothing is open", seen: healthy { $0.oldestOpenedAt = nil }, reasons: []),
        Case(
            testDescription: "the stream has been silent just long enough",
            seen: healthy { $0.lastFrameAt = now - stallAfter }, reasons: []),
        Case(
            testDescription: "silent stream", seen: healthy { $0.lastFrameAt = now - stallAfter - 1 },
            reasons: ["the replication stream is silent"]),
        Case(
            testDescription: "never a frame", seen: healthy { $0.lastFrameAt = nil },
            reasons: ["the replication stream is silent"]),
        Case(
            testDescription: "silence of our own making",
            seen: healthy {
                $0.lastFrameAt = now - 900 * second
                $0.isThrottled = true
            }, reasons: []),
        Case(
            testDescription: "throttled and stuck",
            seen: healthy {
                $0.lastFrameAt = now - 900 * second
                $0.isThrottled = true
                $0.oldestOpenedAt = now - 900 * second
            }, reasons: ["events are not acknowledged by Kafka"]),
        Case(
            testDescription: "broker gone", seen: healthy { $0.brokerAnsweredAt = now - stallAfter - 1 },
            reasons: ["no Kafka broker answers"]),
        Case(
            testDescription: "no broker ever", seen: healthy { $0.brokerAnsweredAt = nil },
            reasons: ["no Kafka broker answers"]),
        Case(
            testDescription: "no acknowledgement", seen: healthy { $0.oldestOpenedAt = now - stallAfter - 1 },
            reasons: ["events are not acknowledged by Kafka"]),
        Case(
            testDescription: "bookkeeping stuck",
            seen: healthy {
                $0.oldestOpenedAt = now - stallAfter - 1
                $0.oldestAwaitsBookkeeping = true
            }, reasons: ["the bookkeeping of published rows does not go through"]),
        Case(
            testDescription: "everything at once",
            seen: healthy {
                $0.lastFrameAt = nil
                $0.brokerAnsweredAt = nil
                $0.oldestOpenedAt = 0
            },
            reasons: [
                "no Kafka broker answers", "events are not acknowledged by Kafka", "the replication stream is silent",
            ]),
    ]) func `readiness tells what keeps events from flowing`(_ example: Case) {
        #expect(reasons(example.seen) == example.reasons)
    }

    @Test(arguments: RelayPhase.allCases.filter { $0 != .streaming && $0 != .polling })
    func `in every other phase the phase is the only reason`(phase: RelayPhase) {
        let seen = HealthPolicy.Observation(phase: phase)
        #expect(reasons(seen) == [phase.reason])
        #expect(phase.reason != RelayPhase.streaming.reason)
    }

    @Test(
        arguments: [
            (20, 20, nil, []), (20, nil, nil, ["the table cannot be polled"]), (8, 9, nil, []),
            (20, 8, nil, ["the table cannot be polled"]), (nil, 20, nil, ["no Kafka broker answers"]),
            (20, 1, 5, ["events are not acknowledged by Kafka"]), (20, 1, 15, []),
        ] as [(Int64?, Int64?, Int64?, [String])])
    func `polling is ready while its rounds succeed, a broker answers, and its batch moves`(
        broker: Int64?, round: Int64?, opened: Int64?, expected: [String]
    ) {
        let seen = HealthPolicy.Observation(
            phase: .polling, oldestOpenedAt: opened.map { $0 * second }, brokerAnsweredAt: broker.map { $0 * second },
            lastRoundAt: round.map { $0 * second }, roundInterval: second)
        let now = broker == 8 ? 18 * second : 20 * second
        #expect(HealthPolicy.reasons(seen, now: now, stallAfter: 10 * second) == expected)
    }

    @Test func `a stall is seen within 15 seconds, and its end at once`() {
        let options = RelayOptionsSample.options()
        let stallAfter = options.stallTimeoutMilliseconds * millisecond
        var seen = Self.healthy()
        seen.oldestOpenedAt = nil
        seen.lastFrameAt = 0
        seen.brokerAnsweredAt = 0
        #expect(!HealthPolicy.reasons(seen, now: 15 * second, stallAfter: stallAfter).isEmpty)
        seen.lastFrameAt = 15 * second
        seen.brokerAnsweredAt = 15 * second
        #expect(HealthPolicy.reasons(seen, now: 15 * second, stallAfter: stallAfter).isEmpty)
    }
}
