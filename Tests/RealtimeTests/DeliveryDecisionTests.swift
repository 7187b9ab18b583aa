import Realtime
import Testing

struct DeliveryDecisionTests {
    // MARK: Token bucket

    @Test
    func `A bucket lets a burst through, then so many a second`() {
        let rate = TokenBucket.Rate(perSecond: 2, burst: 3)
        var bucket = TokenBucket()
        // A clock that stands still or goes back gives nothing.
        let times: [Int64] = [100, 100, 100, 100, 599, 600, 600, 50, 1_000_000, 1_000_000, 1_000_000, 1_000_000]
        let taken = times.map { bucket.take(rate, now: $0) }
        #expect(taken == [true, true, true, false, false, true, false, false, true, true, true, false])
        var none = TokenBucket()
        let isTaken = none.take(.init(perSecond: 0, burst: 0), now: 0)
        #expect(!isTaken)
    }

    // MARK: Ping wheel

    @Test
    func `Everybody is looked at in their slot, and those far off no later than a turn of the wheel`() {
        var random = SeededRandom(11)
        var wheel = PingWheel(slots: 8, slotMilliseconds: 10, now: 5)
        var wanted: [UInt32: Int64] = [:]
        var now: Int64 = 5
        for _ in 0..<20_000 {
            let number = UInt32(random.next(below: 50))
            switch random.next(below: 3) {
            case 0:
                let time = now + Int64(random.next(below: 150)) - 20
                wheel.schedule(number, at: time)
                // A slot comes once it has passed; never in the one that is being taken.
                wanted[number] = max(min(time, now / 10 * 10 + 70), now + 1)
            case 1:
                wheel.cancel(number)
                wanted[number] = nil
            default:
                now += Int64(random.next(below: random.once(in: 20) ? 300 : 12))
                var due: [UInt32] = []
                wheel.takeDue(now: now, into: &due)
                #expect(Set(due).count == due.count)
                for number in due {
                    // Early only for those beyond the wheel.
                    #expect((wanted[number] ?? .max) <= now)
                    wanted[number] = nil
                }
                #expect(!wanted.values.contains { $0 + 10 <= now })
            }
        }
    }

    // MARK: Drain

    @Test(arguments: [(0, 1_000, 250), (1, 1_000, 250), (7, 1_000, 250), (1_000, 10_000, 250), (5, 0, 250), (5, 100, 250)])
    func `A drain closes everybody within its window, in even slices`(clients: Int, window: Int64, slice: Int64) {
        let plan = DrainPlan(clients: clients, start: 50, window: window, slice: slice)
        let rounds = max(1, Int(window / slice))
        var closed = 0
        for time in stride(from: Int64(50), to: 50 + max(window, 1), by: 10) {
            let due = plan.due(now: time)
            #expect(due >= closed)
            #expect(due - closed <= (clients + rounds - 1) / rounds)
            closed = due
        }
        #expect(closed == clients)
        #expect(plan.due(now: .max / 4) == clients)
    }

    // MARK: Slow clients

    @Test(
        arguments: [
            (0, 0, 0, false, 99, .fine), (1_000, 0, 0, false, 99, .fine), (1_001, 0, 0, false, 0, .tooSlow),
            (0, 0, 0, false, 100, .tooSlow), (0, 0, 90, false, 100, .tooSlow), (0, 50, 0, false, 149, .fine),
            (0, 50, 50, false, 150, .tooSlow),
            // What a client comes back for is old: only that it takes something counts.
            (0, 0, 90, true, 189, .fine), (0, 0, 90, true, 190, .tooSlow), (5_000, 0, 90, true, 100, .tooSlow),
            (5_000, 0, 0, true, 500, .stalled), (0, 400, 0, false, 500, .stalled),
        ] as [(Int, Int64, Int64, Bool, Int64, SlowClientLimits.Verdict)])
    func `Who is too slow`(
        missed: Int, oldest: Int64, progress: Int64, isReplaying: Bool, now: Int64, verdict: SlowClientLimits.Verdict
    ) {
        let limits = SlowClientLimits(bytes: 1_000, age: 100, stall: 500)
        #expect(
            limits.judge(missedBytes: missed, oldest: oldest, progress: progress, isReplaying: isReplaying, now: now) == verdict)
    }

    @Test(
        arguments: [
            (0, -1, 24, .alive, 25), (0, -1, 25, .ask, 35), (0, 25, 34, .alive, 35), (0, 25, 35, .gone, 35),
            (26, 25, 35, .alive, 51),
            (25, 25, 35, .alive, 50), (25, 25, 50, .ask, 60),
        ] as [(Int64, Int64, Int64, Liveness.Verdict, Int64)])
    func `Who is asked, and who is gone`(heard: Int64, asked: Int64, now: Int64, verdict: Liveness.Verdict, again: Int64) {
        let result = Liveness(idle: 25, answer: 10).judge(heard: heard, asked: asked, now: now)
        #expect(result.verdict == verdict)
        #expect(result.again == again)
    }
}
