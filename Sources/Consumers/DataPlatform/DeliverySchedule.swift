import ServiceRuntime

/// Which requests of a batch are to be sent when. Pure: the caller brings times and random numbers and does the sending.
///
/// Requests of one order go one after the other, in their order, also while one waits for its next attempt; of different orders, several
/// at once. A refused request holds the later ones of its order back. Once a request is given up, nothing more is begun: what is out is
/// waited for, the rest stays for the next time.
public struct DeliverySchedule: Sendable {
    /// What became of a request so far.
    public struct Result: Sendable {
        public var attempts = 0
        public var outcome: PostOutcome?
    }

    /// Why a request was given up.
    public struct Abandonment: Sendable, Equatable {
        public let reason: String
        /// Which one it was; nil when the time ran out for all.
        public let index: Int?
        /// Milliseconds for which the server asked to be left alone.
        public let retryAfterMilliseconds: Int64
    }

    public private(set) var results: [Result]
    public private(set) var abandonment: Abandonment?
    /// Requests that were not sent because an earlier one of their order was refused.
    public private(set) var held: [Int] = []
    private let parallel: Int
    private let attempts: Int
    private let deadline: Int64
    /// By order: what is still to be done, the head first. A head that is in `ready`, `waiting` or out stays the head.
    private var chains: [Int64: ArraySlice<Int>] = [:]
    private let orders: [Int64]
    private var ready: ArraySlice<Int>
    private var waiting: [(time: Int64, index: Int)] = []
    private var out = 0
    private var backoffs: [Int: Backoff] = [:]

    /// - Parameters:
    ///   - orders: the order of each request.
    ///   - parallel: requests at the same time.
    ///   - attempts: for each request, now.
    ///   - deadline: milliseconds of the caller's clock; nothing is begun after it.
    public init(orders: [Int64], parallel: Int, attempts: Int, deadline: Int64) {
        self.orders = orders
        self.parallel = max(1, parallel)
        self.attempts = max(1, attempts)
        self.deadline = deadline
        results = Array(repeating: Result(), count: orders.count)
        var heads: [Int] = []
        for (index, order) in orders.enumerated() {
            if chains[order] == nil { heads.append(index) }
            chains[order, default: []].append(index)
        }
        ready = heads[...]
    }

    /// Whether nothing is out and nothing will be begun.
    public var isOver: Bool { out == 0 && (abandonment != nil || (ready.isEmpty && waiting.isEmpty)) }

    /// When the next attempt is due, if one waits.
    public var nextTime: Int64? { abandonment == nil ? waiting.first?.time : nil }

    /// The requests to send now.
    public mutating func begin(now: Int64) -> [Int] {
        guard abandonment == nil else { return [] }
        while let first = waiting.first, first.time <= now {
            ready.append(first.index)
            waiting.removeFirst()
        }
        if now >= deadline, !ready.isEmpty {
            giveUp(nil, "the API is too slow for this batch")
            return []
        }
        var begun: [Int] = []
        while out < parallel, let index = ready.popFirst() {
            out += 1
            results[index].attempts += 1
            begun.append(index)
        }
        return begun
    }

    /// A request that was begun has ended. `random` in 0..<1.
    public mutating func finish(_ index: Int, _ outcome: PostOutcome, now: Int64, random: Double) {
        out -= 1
        results[index].outcome = outcome
        switch outcome.verdict {
        case .delivered:
            let chain = chains[orders[index]]?.dropFirst() ?? []
            chains[orders[index]] = chain
            if let next = chain.first { ready.append(next) }
        case .refused:
            held += chains[orders[index]]?.dropFirst() ?? []
            chains[orders[index]] = []
        case .broken:
            giveUp(index, outcome.sentence)
        case .again:
            repeatLater(index, outcome, now: now, random: random)
        }
    }

    private mutating func repeatLater(_ index: Int, _ outcome: PostOutcome, now: Int64, random: Double) {
        var asked: Int64 = 0
        if case .answer(_, let milliseconds) = outcome { asked = milliseconds }
        guard results[index].attempts < attempts else {
            return giveUp(index, "\(outcome.sentence), \(results[index].attempts) times", retryAfter: asked)
        }
        let pause = max(asked, backoffs[index, default: Backoff(initial: 200, maximum: 5_000)].next(random: random))
        let time = now.plus(pause)
        guard time < deadline else { return giveUp(index, outcome.sentence, retryAfter: asked) }
        let place = waiting.firstIndex { $0.time > time } ?? waiting.endIndex
        waiting.insert((time, index), at: place)
    }

    private mutating func giveUp(_ index: Int?, _ reason: String, retryAfter: Int64 = 0) {
        guard abandonment == nil else { return }
        abandonment = Abandonment(reason: reason, index: index, retryAfterMilliseconds: retryAfter)
    }
}
