import ByteCoding
import Drills
import PostgresReplication
import RelayCore
import TestSupport
import Testing

struct FeedbackPolicyTests {
    private func policy(start: LSN = 100) -> FeedbackPolicy {
        FeedbackPolicy(interval: 10 * second, probeAfter: 3 * second, start: start, now: 0)
    }

    private func update(write: LSN, flush: LSN, asks: Bool = false) -> StandbyStatusUpdate {
        StandbyStatusUpdate(write: write, flush: flush, apply: flush, replyRequested: asks)
    }

    @Test func `nothing new is nothing to send`() {
        var policy = policy()
        let first = policy.next(at: 0)
        let later = policy.next(at: 3 * second - 1)
        #expect(first == nil && later == nil)
    }

    @Test func `what was received is not confirmed by being received`() {
        var policy = policy()
        policy.transactionReceived(endLSN: 300)
        policy.keepaliveReceived(end: 400, replyRequested: false)
        policy.frameReceived(at: 9 * second)
        let sent = policy.next(at: 10 * second)
        #expect(sent == update(write: 400, flush: 0))
    }

    @Test func `a new position is confirmed at once, and once`() {
        var policy = policy()
        policy.transactionReceived(endLSN: 300)
        policy.confirmable(200)
        let sent = policy.next(at: 1)
        #expect(sent == update(write: 300, flush: 200))
        let again = policy.next(at: 2)
        #expect(again == nil)
        policy.confirmable(150)
        let backwards = policy.next(at: 3)
        #expect(backwards == nil, "a lower position moves nothing")
        policy.confirmable(500)
        let ahead = policy.next(at: 4)
        #expect(ahead == update(write: 500, flush: 500), "write never lags behind flush")
    }

    @Test func `the interval is kept while the server talks and nothing moves`() {
        var policy = policy()
        var sent: [Int64] = []
        for tick in 0...600 as ClosedRange<Int64> {
            let now = tick * 100 * millisecond
            policy.frameReceived(at: now)
            if policy.next(at: now) != nil { sent.append(now / second) }
        }
        #expect(sent == [10, 20, 30, 40, 50, 60])
    }

    @Test func `a silent server is asked for a sign of life, again and again, at the deadline it was told`() {
        var policy = policy()
        var asked: [Int64] = []
        var now: Int64 = 0
        while now < 10 * second {
            now = max(now + 1, policy.nextDeadline)
            let sent = policy.next(at: now)
            #expect(sent != nil, "a deadline without anything to send makes the loop spin")
            if sent?.replyRequested == true { asked.append(now / second) }
        }
        #expect(asked == [3, 6, 9, 12])
        #expect(policy.silence(at: now) == now)
        policy.frameReceived(at: now)
        #expect(policy.silence(at: now) == 0 && policy.nextDeadline == now + 3 * second)
    }

    @Test func `a question is answered at once`() {
        var policy = policy()
        policy.confirmable(400)
        _ = policy.next(at: 0)
        policy.keepaliveReceived(end: 400, replyRequested: true)
        let answer = policy.next(at: 1)
        #expect(answer == update(write: 400, flush: 400))
        let again = policy.next(at: 2)
        #expect(again == nil)
    }

    @Test func `a question while something is open is answered without a flush, so that a stop is not held up`() {
        var policy = policy()
        policy.confirmable(300)
        _ = policy.next(at: 0)
        policy.transactionReceived(endLSN: 350)
        policy.keepaliveReceived(end: 400, replyRequested: true)
        let answer = policy.next(at: 1)
        #expect(answer == update(write: 400, flush: 0))
        let more = policy.next(at: 2)
        #expect(more == nil)
        policy.confirmable(400)
        let caughtUp = policy.next(at: 3)
        #expect(caughtUp == update(write: 400, flush: 400))
    }

    @Test func `a server that asks again after every answer is given one answer to each question`() {
        // A walsender that shuts down asks until what was flushed or, with flush 0/0, written is all that it sent
        // (postgres-versions.md section 6).
        var policy = policy()
        policy.confirmable(300)
        _ = policy.next(at: 0)
        var answers = 0
        var isStopped = false
        for now in 1...1_000 as ClosedRange<Int64> where !isStopped {
            policy.keepaliveReceived(end: 400, replyRequested: true)
            guard let answer = policy.next(at: now) else { continue }
            answers += 1
            isStopped = (answer.flush == .zero ? answer.write : answer.flush) == 400
        }
        #expect(isStopped && answers == 1)
    }

    @Test func `whatever happens, flush is confirmable, never goes back, and the interval is kept`() {
        for seed in 0..<300 as Range<UInt64> {
            var random = XorShift(seed: seed)
            var policy = policy()
            var allowed = LSN.zero
            var told = LSN.zero
            var lastSent: Int64 = 0
            var now: Int64 = 0
            for _ in 0..<300 {
                now += Int64(random.below(1_000)) * millisecond
                switch random.below(5) {
                case 0: policy.frameReceived(at: now)
                case 1: policy.transactionReceived(endLSN: LSN(rawValue: UInt64(random.below(5_000))))
                case 2:
                    policy.keepaliveReceived(
                        end: LSN(rawValue: UInt64(random.below(5_000))), replyRequested: random.below(2) == 0)
                case 3:
                    let lsn = LSN(rawValue: UInt64(random.below(5_000)))
                    allowed = max(allowed, lsn)
                    policy.confirmable(lsn)
                default: break
                }
                if let sent = policy.next(at: now) {
                    #expect(sent.flush == .zero || sent.flush >= told, "seed \(seed)")
                    #expect(sent.flush <= allowed && sent.apply == sent.flush && sent.write >= sent.flush, "seed \(seed)")
                    told = max(told, sent.flush)
                    lastSent = now
                }
                #expect(now - lastSent < 10 * second, "seed \(seed)")
                let deadline = policy.nextDeadline
                #expect(deadline > now && deadline <= now + 10 * second, "seed \(seed)")
            }
        }
    }
}
