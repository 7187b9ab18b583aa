import ByteCoding
import RelayCore
import Testing

struct CheckpointPolicyTests {
    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let confirmed: LSN
        var events: UInt64 = 0
        let elapsed: Int64
        var isFinal = false
        let isDue: Bool
    }

    @Test(arguments: [
        Case(testDescription: "events, too early", confirmed: 1_001, events: 1, elapsed: second - 1, isDue: false),
        Case(testDescription: "events, after a second", confirmed: 1_001, events: 1, elapsed: second, isDue: true),
        Case(testDescription: "events that moved nothing", confirmed: 1_000, events: 1, elapsed: 900 * second, isDue: false),
        Case(testDescription: "much idle WAL, early", confirmed: 3_000, elapsed: 10 * second - 1, isDue: false),
        Case(testDescription: "much idle WAL", confirmed: 3_000, elapsed: 10 * second, isDue: true),
        Case(testDescription: "little idle WAL, early", confirmed: 1_500, elapsed: 60 * second - 1, isDue: false),
        Case(testDescription: "little idle WAL", confirmed: 1_500, elapsed: 60 * second, isDue: true),
        Case(testDescription: "backwards", confirmed: 900, events: 5, elapsed: 900 * second, isFinal: true, isDue: false),
        Case(testDescription: "at the end", confirmed: 1_001, elapsed: 0, isFinal: true, isDue: true),
        Case(testDescription: "at the end, nothing new", confirmed: 1_000, elapsed: 0, isFinal: true, isDue: false),
    ]) func `a checkpoint is due`(_ example: Case) {
        var policy = CheckpointPolicy(stored: 1_000, now: 0)
        policy.wrote(1_000, finishedEvents: 0, at: 5)
        let isDue = policy.isDue(
            confirmed: example.confirmed, finishedEvents: example.events, at: 5 + example.elapsed, isFinal: example.isFinal)
        #expect(isDue == example.isDue)
    }

    @Test func `the first events after a start are stored at once`() {
        let policy = CheckpointPolicy(stored: 1_000, now: 5)
        let withEvents = policy.isDue(confirmed: 1_001, finishedEvents: 1, at: 6)
        let idle = policy.isDue(confirmed: 9_000, finishedEvents: 0, at: 6)
        #expect(withEvents && !idle)
    }

    @Test func `what was written counts from then on, and is never taken back`() {
        var policy = CheckpointPolicy(stored: 1_000, now: 0)
        policy.wrote(2_000, finishedEvents: 7, at: 10 * second)
        #expect(policy.stored == 2_000)
        let sameEvents = policy.isDue(confirmed: 2_100, finishedEvents: 7, at: 12 * second)
        let newEvents = policy.isDue(confirmed: 2_100, finishedEvents: 8, at: 12 * second)
        #expect(!sameEvents && newEvents)
        policy.wrote(1_500, finishedEvents: 8, at: 13 * second)
        #expect(policy.stored == 2_000)
    }

    /// One hour of a database in which only the checkpoint itself writes: each write moves the WAL, the next keepalive confirms it.
    /// Every five minutes the server makes a checkpoint of its own, and the next write carries whole pages.
    @Test func `on an idle database the checkpoint does not feed itself`() {
        var policy = CheckpointPolicy(stored: 1_000, now: 0)
        var end: UInt64 = 1_000
        var writes = 0
        var isWholePage = true
        for tick in 1...7_200 as ClosedRange<Int64> {
            let now = tick * second / 2
            if tick % 600 == 0 {
                end += 200
                isWholePage = true
            }
            guard policy.isDue(confirmed: LSN(rawValue: end), finishedEvents: 0, at: now) else { continue }
            policy.wrote(LSN(rawValue: end), finishedEvents: 0, at: now)
            writes += 1
            end += isWholePage ? 16_600 : 320
            isWholePage = false
        }
        #expect((1...75).contains(writes), "\(writes) writes an hour")
    }

    @Test func `under load it is written once a second`() {
        var policy = CheckpointPolicy(stored: 0, now: 0)
        var writes = 0
        for tick in 1...6_000 as ClosedRange<Int64> {
            let now = tick * 10 * millisecond
            let end = LSN(rawValue: UInt64(tick) * 1_000)
            guard policy.isDue(confirmed: end, finishedEvents: UInt64(tick) * 5, at: now) else { continue }
            policy.wrote(end, finishedEvents: UInt64(tick) * 5, at: now)
            writes += 1
        }
        #expect(writes == 60)
    }
}
