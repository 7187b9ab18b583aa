import ConsumerKit
import Testing

struct BatchMachineTests {
    /// Runs a machine against a world in which these events are bad; returns the transactions that were tried.
    private static func drive(
        _ machine: inout BatchMachine, limit: Int = 10_000,
        _ world: (Range<Int>, [Int: DeadLetterCause]) -> BatchMachine.Outcome
    ) -> [Range<Int>] {
        var tried: [Range<Int>] = []
        while tried.count < limit {
            switch machine.action {
            case .finished: return tried
            case .wait: machine.waited()
            case .run(let range):
                tried.append(range)
                machine.ended(world(range, machine.condemned), now: Int64(tried.count), random: 0.5)
            }
        }
        Issue.record("the machine does not end")
        return tried
    }

    @Test
    func `A good batch is one transaction`() {
        var machine = BatchMachine(count: 500, policy: RetryPolicy())
        #expect(Self.drive(&machine) { _, _ in .committed } == [0..<500])
        #expect(machine.condemned.isEmpty && machine.retries == 0)
        var empty = BatchMachine(count: 0, policy: RetryPolicy())
        #expect(Self.drive(&empty) { _, _ in .committed } == [])
    }

    @Test(arguments: [0, 1, 250, 498, 499])
    func `One bad event is found by halving, and everything else is committed in order`(bad: Int) {
        var machine = BatchMachine(count: 500, policy: RetryPolicy())
        var committed: [Int] = []
        let tried = Self.drive(&machine) { range, condemned in
            guard !range.contains(bad) || condemned[bad] != nil else { return .failed(.badData, reason: "x") }
            committed += Array(range)
            return .committed
        }
        #expect(committed == Array(0..<500) && tried.count < 22)
        #expect(machine.condemned.keys.sorted() == [bad] && machine.condemned[bad]?.kind == .badData)
    }

    @Test
    func `An event that fails for a reason unknown is tried alone four times before it is condemned`() {
        var machine = BatchMachine(count: 8, policy: RetryPolicy(retries: 3))
        let tried = Self.drive(&machine) { range, condemned in
            range.contains(5) && condemned[5] == nil ? .failed(.unknown, reason: "x") : .committed
        }
        #expect(tried.count { $0 == 5..<6 } == 5)
        #expect(machine.condemned[5]?.attempts == 4 && machine.condemned[5]?.kind == .unknown)
        #expect((machine.condemned[5]?.firstFailedAt ?? 0) < (machine.condemned[5]?.lastFailedAt ?? 0))
    }

    @Test
    func `An event that recovers in time is no dead letter`() {
        var machine = BatchMachine(count: 1, policy: RetryPolicy(retries: 3))
        var attempts = 0
        _ = Self.drive(&machine) { _, _ in
            attempts += 1
            return attempts > 3 ? .committed : .failed(.unknown, reason: "x")
        }
        #expect(machine.condemned.isEmpty && attempts == 4 && machine.retries == 3)
    }

    @Test
    func `A dependency that is down is waited for, however long, with the batch whole`() {
        var machine = BatchMachine(count: 100, policy: RetryPolicy())
        var attempts = 0
        let tried = Self.drive(&machine) { _, _ in
            attempts += 1
            return attempts > 50 ? .committed : .failed(.dependency("postgres"), reason: "x")
        }
        #expect(tried == Array(repeating: 0..<100, count: 51) && machine.condemned.isEmpty)
    }

    @Test
    func `Conflicts are repeated, after three of them in smaller pieces, and never condemned`() {
        var machine = BatchMachine(count: 4, policy: RetryPolicy(retries: 0))
        var attempts = 0
        let tried = Self.drive(&machine) { range, _ in
            attempts += 1
            return attempts > 20 ? .committed : .failed(.transient, reason: "x")
        }
        #expect(tried.prefix(7) == [0..<4, 0..<4, 0..<4, 0..<2, 0..<2, 0..<2, 0..<1] && machine.condemned.isEmpty)
    }

    @Test
    func `Between failures it waits, longer each time`() {
        var machine = BatchMachine(count: 1, policy: RetryPolicy(retries: 3, initialMilliseconds: 100, maximumMilliseconds: 300))
        var waits: [Int64] = []
        for _ in 0..<4 {
            machine.ended(.failed(.transient, reason: "x"), now: 0, random: 1)
            if case .wait(let milliseconds) = machine.action { waits.append(milliseconds) }
            machine.waited()
        }
        #expect(waits == [100, 200, 300, 300])
    }

    @Test
    func `Events that were refused too late are condemned, and the range is run once more`() {
        var machine = BatchMachine(count: 10, policy: RetryPolicy())
        let cause = DeadLetterCause(.rejected, "no", firstFailedAt: 0, lastFailedAt: 0)
        let tried = Self.drive(&machine) { _, condemned in condemned.isEmpty ? .condemned([3: cause]) : .committed }
        #expect(tried == [0..<10, 0..<10] && machine.condemned == [3: cause])
    }

    @Test
    func `A refusal that repeats itself does not turn in circles`() {
        var machine = BatchMachine(count: 2, policy: RetryPolicy(retries: 1))
        let cause = DeadLetterCause(.rejected, "no", firstFailedAt: 0, lastFailedAt: 0)
        let tried = Self.drive(&machine, limit: 100) { range, _ in range.count > 1 ? .condemned([0: cause]) : .committed }
        #expect(tried == [0..<2, 0..<2, 0..<1, 1..<2])
    }

    @Test
    func `A dead letter that cannot be written is nobody's fault: it is tried until it can`() {
        var machine = BatchMachine(
            count: 1, policy: RetryPolicy(retries: 0),
            condemned: [0: DeadLetterCause(.badData, "x", firstFailedAt: 0, lastFailedAt: 0)])
        var attempts = 0
        _ = Self.drive(&machine) { _, _ in
            attempts += 1
            return attempts > 30 ? .committed : .failed(.badData, reason: "y")
        }
        #expect(attempts == 31 && machine.condemned[0]?.reason == "x")
    }

    @Test
    func `What remains is told in order at every moment`() {
        var machine = BatchMachine(count: 8, policy: RetryPolicy())
        machine.ended(.failed(.badData, reason: "x"), now: 0, random: 0)
        machine.ended(.failed(.badData, reason: "x"), now: 0, random: 0)
        #expect(machine.remaining == Array(0..<8) && machine.action == .run(0..<2))
        machine.ended(.committed, now: 0, random: 0)
        #expect(machine.remaining == Array(2..<8))
    }
}
