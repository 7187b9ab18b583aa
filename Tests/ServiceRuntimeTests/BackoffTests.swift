import ServiceRuntime
import Testing

@Suite struct BackoffTests {
    @Test(arguments: [
        (random: 0.0, delays: [50, 100, 200, 400, 500, 500] as [Int64]),
        (random: 0.5, delays: [75, 150, 300, 600, 750, 750]),
        (random: 1.0, delays: [100, 200, 400, 800, 1000, 1000]),
    ])
    func `each delay is drawn from the upper half of a step that doubles up to the maximum`(random: Double, delays: [Int64]) {
        var backoff = Backoff(initial: 100, maximum: 1000)
        #expect(delays.map { _ in backoff.next(random: random) } == delays)
    }

    @Test func `a reset begins with the first step again`() {
        var backoff = Backoff(initial: 10, maximum: 1000, multiplier: 10)
        #expect([1, 2, 3].map { _ in backoff.next(random: 1) } == [10, 100, 1000])
        backoff.reset()
        #expect(backoff.next(random: 1) == 10)
    }

    @Test(
        arguments: [(0, 0, 0), (-5, -9, -1), (100, 1, 2), (Int64.max, Int64.max, Int64.max), (3, Int64.max, 2)]
            as [(Int64, Int64, Int64)])
    func `odd settings and a hundred attempts neither trap nor leave the bounds`(
        initial: Int64, maximum: Int64, multiplier: Int64
    ) {
        var backoff = Backoff(initial: initial, maximum: maximum, multiplier: multiplier)
        for random in [Double.nan, -1, 0, 0.3, 0.999, 7] + [Double](repeating: 0.999, count: 100) {
            #expect((0...backoff.maximum).contains(backoff.next(random: random)))
        }
    }
}
