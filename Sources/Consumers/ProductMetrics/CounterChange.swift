/// What a run of changes does to a counter that never falls below zero, whatever it stands at.
///
/// Any such run equals one fall, which stops at zero, followed by one rise. So a whole batch is one row, and gives the same count as its
/// events one by one.
public struct CounterChange: Equatable, Sendable {
    public private(set) var fall: Int64 = 0
    public private(set) var rise: Int64 = 0

    public init() {}

    /// Another change after those before it; `.min` is the nearest that a change can come to it.
    public mutating func add(_ change: Int64) {
        if change >= 0 {
            rise = rise.plus(change)
        } else {
            // What rose before falls first; only the rest falls upon what was there before the run.
            let rest = rise.plus(change)
            rise = max(rest, 0)
            fall = fall.plus(rest < 0 ? -max(rest, -.max) : 0)
        }
    }
}
