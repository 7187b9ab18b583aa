/// Takes one batch to its end: run whole, repeated when it is nobody's fault, halved until a guilty event stands alone, that one made a
/// dead letter, and everything else applied, in order.
///
/// Events are named by their index in the batch. The runner asks ``action``, does it, and reports. Pure.
public struct BatchMachine: Sendable {
    public enum Action: Hashable, Sendable {
        /// Run these in one transaction: condemned ones become dead letters, the others are claimed and applied.
        case run(Range<Int>)
        /// Wait that many ms, then report ``waited()``.
        case wait(milliseconds: Int64)
        /// Every event is done.
        case finished
    }

    public enum Outcome: Hashable, Sendable {
        case committed
        /// Rolled back, because events have to be condemned before the others can be treated rightly.
        case condemned([Int: DeadLetterCause])
        /// Rolled back. The reason is a sentence without payload or key.
        case failed(ErrorClass, reason: String)
    }

    /// Failures in a row of one range that are no event's fault, after which it is halved: smaller transactions meet fewer conflicts.
    private static let transientFailuresBeforeHalving = 3

    private let policy: RetryPolicy
    /// What is still to be done, the next at the end.
    private var open: [Range<Int>]
    private var waiting: Int64?
    /// Of the range on top.
    private var failures = 0
    private var firstFailedAt: Int64 = 0
    /// The verdicts so far, by index.
    public private(set) var condemned: [Int: DeadLetterCause] = [:]
    /// Transactions that were rolled back.
    public private(set) var retries = 0

    public init(count: Int, policy: RetryPolicy, condemned: [Int: DeadLetterCause] = [:]) {
        self.policy = policy
        self.condemned = condemned
        open = count > 0 ? [0..<count] : []
    }

    public var action: Action {
        if let waiting { return .wait(milliseconds: waiting) }
        return open.last.map { .run($0) } ?? .finished
    }

    /// What is not done, in order.
    public var remaining: [Int] { open.reversed().flatMap { Array($0) } }

    public mutating func waited() { waiting = nil }

    /// What became of the range of the last `.run`. `now` is wall clock, microseconds since 1970; `random` in 0..<1.
    public mutating func ended(_ outcome: Outcome, now: Int64, random: Double) {
        guard let range = open.last else { return }
        switch outcome {
        case .committed:
            open.removeLast()
            failures = 0
        case .condemned(let causes):
            // Without progress it would be asked again for ever: then it is an ordinary failure.
            guard causes.keys.contains(where: { condemned[$0] == nil && range.contains($0) }) else {
                return failed(range, .unknown, "events were condemned twice", now, random)
            }
            condemned.merge(causes) { first, _ in first }
        case .failed(let errorClass, let reason): failed(range, errorClass, reason, now, random)
        }
    }

    private mutating func failed(_ range: Range<Int>, _ errorClass: ErrorClass, _ reason: String, _ now: Int64, _ random: Double)
    {
        retries += 1
        failures += 1
        if failures == 1 { firstFailedAt = now }
        let isAlone = range.count == 1
        switch errorClass {
        case .dependency: wait(random)
        case .transient:
            if !isAlone, failures >= Self.transientFailuresBeforeHalving { halve(range) } else { wait(random) }
        case .badData, .unknown:
            guard isAlone else { return halve(range) }
            // Not even its dead letter could be written: that is not its fault.
            guard condemned[range.lowerBound] == nil else { return wait(random) }
            let isHopeless = errorClass == .badData
            guard isHopeless || failures > policy.retries else { return wait(random) }
            condemned[range.lowerBound] = DeadLetterCause(
                isHopeless ? .badData : .unknown, reason, attempts: failures, firstFailedAt: firstFailedAt, lastFailedAt: now)
            failures = 0
        }
    }

    private mutating func wait(_ random: Double) {
        waiting = policy.delay(afterAttempt: failures, random: random)
    }

    private mutating func halve(_ range: Range<Int>) {
        let middle = range.lowerBound + range.count / 2
        open.removeLast()
        open.append(middle..<range.upperBound)
        open.append(range.lowerBound..<middle)
        failures = 0
    }
}
