/// Stops a consumer that finds too many bad events, before it has emptied the topic into the dead-letter topic. Pure.
public struct FloodGuard: Sendable {
    public struct Limits: Hashable, Sendable {
        /// More bad ones in a row than this; 0: no limit.
        public var consecutive: Int
        /// More than this share of the last `window` records bad; 0: no limit.
        public var ratio: Double
        public var window: Int

        public init(consecutive: Int = 100, ratio: Double = 0.5, window: Int = 1_000) {
            self.consecutive = max(0, consecutive)
            self.ratio = max(0, ratio)
            self.window = max(1, window)
        }
    }

    public let limits: Limits
    private var ring: [Bool] = []
    private var position = 0
    private var bad = 0
    private var run = 0

    public init(_ limits: Limits) { self.limits = limits }

    /// Records that were good.
    public mutating func noteGood(_ count: Int) {
        guard count > 0 else { return }
        run = 0
        // Beyond a window's length one good record pushes out another.
        for _ in 0..<min(count, limits.window) { push(false) }
    }

    /// Records in their order, true for a bad one. Returns why the consumer has to stop after one of them; nil when it may go on.
    public mutating func note(_ records: [Bool]) -> String? {
        var objection: String?
        for isBad in records {
            run = isBad ? run + 1 : 0
            push(isBad)
            if isBad, objection == nil { objection = self.objection }
        }
        return objection
    }

    private mutating func push(_ isBad: Bool) {
        if ring.count < limits.window {
            ring.append(isBad)
        } else {
            if ring[position] { bad -= 1 }
            ring[position] = isBad
            position = (position + 1) % limits.window
        }
        if isBad { bad += 1 }
    }

    /// The share is judged once a whole window was seen.
    private var objection: String? {
        if limits.consecutive > 0, run > limits.consecutive {
            return "\(run) bad events in a row (limit \(limits.consecutive))"
        }
        if limits.ratio > 0, ring.count == limits.window, Double(bad) > limits.ratio * Double(limits.window) {
            return "\(bad) of the last \(limits.window) events are bad (limit \(limits.ratio))"
        }
        return nil
    }
}
