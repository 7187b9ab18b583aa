/// Makes a counter of a count that somebody else keeps: it never falls, also where rows are deleted. Pure.
public struct GrowingCount: Sendable {
    private var last = 0

    public init() {}

    /// By how much the counter grows when the count is this now.
    public mutating func growth(to count: Int) -> Int {
        defer { last = count }
        return max(0, count - last)
    }
}
