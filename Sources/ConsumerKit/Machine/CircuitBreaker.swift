/// Keeps a consumer from hammering a dependency that is down: opens when half of the last calls failed, lets one attempt through
/// after a while, and closes when that one succeeded. Pure: time and random number come in.
public struct CircuitBreaker: Sendable {
    public struct Settings: Hashable, Sendable {
        /// Calls that are looked at.
        public var window: Int
        /// Fewer calls than this never open it.
        public var minimum: Int
        /// Share of failures among them that opens it.
        public var failureRatio: Double
        /// How long it stays open at first, and at most after failed attempts, in ms.
        public var openMilliseconds: Int64
        public var maximumOpenMilliseconds: Int64

        public init(
            window: Int = 20, minimum: Int = 4, failureRatio: Double = 0.5, openMilliseconds: Int64 = 1_000,
            maximumOpenMilliseconds: Int64 = 30_000
        ) {
            self.window = max(1, window)
            self.minimum = max(1, min(minimum, self.window))
            self.failureRatio = failureRatio
            self.openMilliseconds = max(1, openMilliseconds)
            self.maximumOpenMilliseconds = max(self.openMilliseconds, maximumOpenMilliseconds)
        }
    }

    public enum State: String, Hashable, Sendable {
        case closed = "CLOSED"
        case open = "OPEN"
        case halfOpen = "HALF_OPEN"
    }

    public enum Permission: Hashable, Sendable {
        case granted
        /// Not now; ask again after that many ms.
        case refused(milliseconds: Int64)
    }

    /// How soon to ask again while another attempt is out.
    private static let probeWaitMilliseconds: Int64 = 50

    public let settings: Settings
    public private(set) var state = State.closed
    private var failures: [Bool] = []
    private var position = 0
    private var opensUntil: Int64 = 0
    private var openings = 0
    private var probeIsOut = false

    public init(_ settings: Settings) { self.settings = settings }

    /// Whether a call may be made now. `now` in monotonic ms. Granted while half open, the caller has to report what became of it.
    public mutating func permission(now: Int64) -> Permission {
        switch state {
        case .closed: return .granted
        case .open:
            guard now >= opensUntil else { return .refused(milliseconds: opensUntil - now) }
            state = .halfOpen
            probeIsOut = true
            return .granted
        case .halfOpen:
            guard !probeIsOut else { return .refused(milliseconds: Self.probeWaitMilliseconds) }
            probeIsOut = true
            return .granted
        }
    }

    /// A call succeeded.
    public mutating func succeeded() {
        switch state {
        case .closed: note(failed: false)
        case .halfOpen:
            state = .closed
            failures = []
            position = 0
            openings = 0
            probeIsOut = false
        // An answer to a call from before it opened says nothing about now.
        case .open: break
        }
    }

    /// A call failed because the dependency is down. `random` in 0..<1.
    public mutating func failed(now: Int64, random: Double) {
        switch state {
        case .closed:
            note(failed: true)
            let count = failures.count { $0 }
            if failures.count >= settings.minimum, Double(count) >= settings.failureRatio * Double(failures.count) {
                open(now: now, random: random)
            }
        case .halfOpen: open(now: now, random: random)
        case .open: break
        }
    }

    /// The attempt that was let through ended without a word about the dependency.
    public mutating func withdrew() {
        if state == .halfOpen { probeIsOut = false }
    }

    private mutating func note(failed: Bool) {
        if failures.count < settings.window {
            failures.append(failed)
        } else {
            failures[position] = failed
            position = (position + 1) % settings.window
        }
    }

    private mutating func open(now: Int64, random: Double) {
        var length = settings.openMilliseconds
        for _ in 0..<min(openings, 32) where length < settings.maximumOpenMilliseconds { length *= 2 }
        length = min(length, settings.maximumOpenMilliseconds)
        state = .open
        openings += 1
        probeIsOut = false
        // Drawn from the upper half, so that several processes do not come back at one instant.
        opensUntil = now + length / 2 + Int64(Double(length - length / 2) * min(max(random, 0), 1))
    }
}
