/// Whether a WebSocket client is still there: it is asked after a time of silence, and has a time to answer. Pure; milliseconds.
public struct Liveness: Sendable, Equatable {
    public enum Verdict: Sendable, Equatable {
        case alive
        case ask
        case gone
    }

    /// Silence before a ping.
    public var idle: Int64
    /// What an answer may take.
    public var answer: Int64

    public init(idle: Int64 = 25_000, answer: Int64 = 10_000) {
        self.idle = idle
        self.answer = answer
    }

    /// - Parameters:
    ///   - heard: when something came from the client last.
    ///   - asked: when the last ping was sent.
    /// - Returns: the verdict, and when to judge again.
    public func judge(heard: Int64, asked: Int64, now: Int64) -> (verdict: Verdict, again: Int64) {
        if asked > heard {
            return now >= asked + answer ? (.gone, now) : (.alive, asked + answer)
        }
        return now >= heard + idle ? (.ask, now + answer) : (.alive, heard + idle)
    }
}
