import Consumers
import Testing

struct CounterChangeTests {
    @Test(
        arguments: [
            ([], 0, 0), ([3], 0, 3), ([-3], 3, 0), ([-1, 1], 1, 1), ([1, -1], 0, 0), ([2, -5, 1], 3, 1), ([-2, 5, -4, -3], 4, 0),
        ] as [([Int64], Int64, Int64)])
    func `A run of changes is one fall and one rise`(changes: [Int64], fall: Int64, rise: Int64) {
        var change = CounterChange()
        for step in changes { change.add(step) }
        #expect(change.fall == fall)
        #expect(change.rise == rise)
    }

    @Test func `A run gives the same count as its changes one by one`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let steps = (0..<Int.random(in: 0...12, using: &generator)).map { _ in Int64.random(in: -4...4, using: &generator) }
            var run = CounterChange()
            for step in steps { run.add(step) }
            for start in Int64(0)...10 {
                let expected = steps.reduce(start) { max($0 + $1, 0) }
                if run.applied(to: start) != expected { Issue.record("\(start) by \(steps): \(run)") }
            }
        }
    }

    @Test func `Changes beyond all numbers do not stop the process`() {
        var change = CounterChange()
        for step in [Int64.max, .max, .min, .min, .min, .max, .max] { change.add(step) }
        #expect(change.rise == .max)
        #expect(change.fall == .max)
        #expect(change.applied(to: .max) == .max)
    }
}
