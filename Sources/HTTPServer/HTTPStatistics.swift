/// A server's counters at one moment, over all its loops.
public struct HTTPStatistics: Sendable, Hashable {
    /// Connections that are open and served now, streams among them. An end that no side announced is noticed a second later.
    public var connections = 0
    /// Streams that are open now.
    public var streams = 0
    /// Connections taken since the start.
    public var accepted = 0
    /// Connections refused with 503 since the start.
    public var refused = 0
    /// Connections closed without an answer since the start, because even refusing them would have cost too much.
    public var dropped = 0
    /// Streams opened since the start.
    public var streamsOpened = 0

    public init() {}
}
