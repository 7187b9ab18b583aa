/// Totals of a demo.
public struct DeliveryCounts: Equatable, Sendable {
    /// Committed events.
    public var written = 0
    /// Committed events that arrived, each counted once.
    public var delivered = 0
    /// Further arrivals of an event that had arrived.
    public var duplicates = 0
    /// Events that arrived behind a later one of their key.
    public var orderViolations = 0
    /// Events that were written and taken back.
    public var rolledBack = 0
    /// Those of them that arrived all the same.
    public var rolledBackSeen = 0
    /// Arrivals that nobody wrote.
    public var unknown = 0

    public init() {}

    /// Committed events that have not arrived.
    public var missing: Int { written - delivered }

    /// Everything that was committed arrived once and in order, and nothing else did.
    public var isClean: Bool {
        written > 0 && missing == 0 && duplicates == 0 && orderViolations == 0 && rolledBackSeen == 0 && unknown == 0
    }
}
