/// How many clients are to be gone at a time: all of them, spread evenly over a window. Pure; times in milliseconds.
public struct DrainPlan: Sendable {
    private let clients: Int
    private let start: Int64
    private let window: Int64
    private let slice: Int64

    /// - Parameter slice: milliseconds between two rounds.
    public init(clients: Int, start: Int64, window: Int64, slice: Int64 = 250) {
        self.clients = clients
        self.start = start
        self.window = max(0, window)
        self.slice = max(1, slice)
    }

    /// How many are to be closed by now, since the start. The first slice goes at once, the last one a slice before the window ends.
    public func due(now: Int64) -> Int {
        let rounds = max(1, window / slice)
        let round = min(rounds, max(0, now - start) / slice + 1)
        return Int((Int64(clients) * round + rounds - 1) / rounds)
    }
}
