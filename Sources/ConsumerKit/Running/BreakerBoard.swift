internal import ServiceRuntime
internal import Synchronization
internal import Telemetry

/// The breakers of a consumer, one for each dependency, shared by its lanes.
final class BreakerBoard: Sendable {
    private let breakers: Mutex<[String: CircuitBreaker]>
    private let settings: CircuitBreaker.Settings
    private let metrics: ConsumerMetrics
    private let logger: Logger

    init(dependencies: [String], settings: CircuitBreaker.Settings, metrics: ConsumerMetrics, logger: Logger) {
        self.settings = settings
        self.metrics = metrics
        self.logger = logger
        let names = Set(dependencies + ["postgres"])
        breakers = Mutex(Dictionary(uniqueKeysWithValues: names.map { ($0, CircuitBreaker(settings)) }))
        for name in names { show(name, .closed) }
    }

    /// Whether an attempt may be made; nil when it may, else after how many ms to ask again.
    func refusal(now: Int64) -> Int64? {
        breakers.withLock { breakers in
            var granted: [String] = []
            for name in breakers.keys.sorted() where breakers[name]?.state != .closed {
                let permission = breakers[name]?.permission(now: now) ?? .granted
                show(name, breakers[name]?.state ?? .closed)
                if case .refused(let milliseconds) = permission {
                    // What another breaker has let through is not made after all: its place is free for the next one.
                    for other in granted { breakers[other]?.withdrew() }
                    return milliseconds
                }
                granted.append(name)
            }
            return nil
        }
    }

    /// The same of one dependency alone.
    func refusal(of name: String, now: Int64) -> Int64? {
        breakers.withLock { breakers in
            let permission = breakers[name]?.permission(now: now) ?? .granted
            show(name, breakers[name]?.state ?? .closed)
            if case .refused(let milliseconds) = permission { return milliseconds }
            return nil
        }
    }

    /// This dependency answered.
    func succeeded(_ name: String) {
        breakers.withLock { breakers in noteSuccess(name, &breakers) }
    }

    /// An attempt succeeded: everything it may have needed was there.
    func succeeded() {
        breakers.withLock { breakers in
            for name in Array(breakers.keys) { noteSuccess(name, &breakers) }
        }
    }

    private func noteSuccess(_ name: String, _ breakers: inout [String: CircuitBreaker]) {
        let before = breakers[name]?.state
        breakers[name]?.succeeded()
        guard let after = breakers[name]?.state, after != before else { return }
        show(name, after)
        if after == .closed { logger.info("a dependency is back", [.name: .string(name)]) }
    }

    /// An attempt failed because of this dependency. `now` in monotonic ms.
    func failed(_ name: String, reason: String, now: Int64) {
        breakers.withLock { breakers in
            var breaker = breakers[name] ?? CircuitBreaker(settings)
            let before = breaker.state
            breaker.failed(now: now, random: Double.random(in: 0..<1))
            breakers[name] = breaker
            // The probe of another one that was half open said nothing about it.
            for other in Array(breakers.keys) where other != name { breakers[other]?.withdrew() }
            show(name, breaker.state)
            guard breaker.state == .open, before == .closed else { return }
            logger.warning("a dependency is down; waiting for it", [.name: .string(name), .reason: .string(reason)])
        }
    }

    /// An attempt ended without a word about any dependency.
    func withdrew() {
        breakers.withLock { breakers in
            for name in Array(breakers.keys) { breakers[name]?.withdrew() }
        }
    }

    var states: [(dependency: String, state: CircuitBreaker.State)] {
        breakers.withLock { breakers in breakers.map { ($0.key, $0.value.state) }.sorted { $0.0 < $1.0 } }
    }

    /// The first that is not closed.
    var down: String? { states.first { $0.state != .closed }?.dependency }

    func isClosed(_ name: String) -> Bool { breakers.withLock { $0[name]?.state ?? .closed } == .closed }

    private func show(_ name: String, _ state: CircuitBreaker.State) {
        for each in [CircuitBreaker.State.closed, .open, .halfOpen] { metrics.breaker(name, each).set(each == state) }
    }
}
