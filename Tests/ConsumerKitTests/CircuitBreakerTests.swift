import ConsumerKit
import Testing

struct CircuitBreakerTests {
    private static let settings = CircuitBreaker.Settings(
        window: 10, minimum: 4, failureRatio: 0.5, openMilliseconds: 1_000, maximumOpenMilliseconds: 3_000)

    @Test
    func `It opens at half of the window, lets one attempt through, and closes when that succeeds`() {
        var breaker = CircuitBreaker(Self.settings)
        for _ in 0..<4 { breaker.succeeded() }
        for _ in 0..<3 { breaker.failed(now: 0, random: 1) }
        #expect(breaker.state == .closed)
        breaker.failed(now: 0, random: 1)
        #expect(breaker.state == .open)
        #expect(breaker.permission(now: 400) == .refused(milliseconds: 600))
        #expect(breaker.permission(now: 1_000) == .granted && breaker.state == .halfOpen)
        #expect(breaker.permission(now: 1_001) == .refused(milliseconds: 50))
        breaker.succeeded()
        #expect(breaker.state == .closed && breaker.permission(now: 1_002) == .granted)
    }

    @Test
    func `Fewer calls than the minimum never open it`() {
        var breaker = CircuitBreaker(Self.settings)
        for _ in 0..<3 { breaker.failed(now: 0, random: 0) }
        #expect(breaker.state == .closed)
    }

    @Test
    func `After each failed attempt it stays open longer, up to a limit, and starts short again once it was closed`() {
        var breaker = CircuitBreaker(Self.settings)
        for _ in 0..<4 { breaker.failed(now: 0, random: 1) }
        var now: Int64 = 0
        for length in [1_000, 2_000, 3_000, 3_000] as [Int64] {
            #expect(breaker.permission(now: now + length - 1) == .refused(milliseconds: 1))
            now += length
            #expect(breaker.permission(now: now) == .granted)
            breaker.failed(now: now, random: 1)
            #expect(breaker.state == .open)
        }
        #expect(breaker.permission(now: now + 3_000) == .granted)
        breaker.succeeded()
        for _ in 0..<4 { breaker.failed(now: 0, random: 0) }
        #expect(breaker.permission(now: 500) == .granted, "half of the first step at the least")
    }

    @Test
    func `An attempt that says nothing makes room for the next`() {
        var breaker = CircuitBreaker(Self.settings)
        for _ in 0..<4 { breaker.failed(now: 0, random: 0) }
        #expect(breaker.permission(now: 1_000) == .granted)
        breaker.withdrew()
        #expect(breaker.state == .halfOpen && breaker.permission(now: 1_000) == .granted)
    }

    @Test
    func `Answers to calls from before it opened change nothing`() {
        var breaker = CircuitBreaker(Self.settings)
        for _ in 0..<4 { breaker.failed(now: 0, random: 1) }
        breaker.succeeded()
        breaker.failed(now: 900, random: 1)
        #expect(breaker.state == .open && breaker.permission(now: 1_000) == .granted)
    }
}
