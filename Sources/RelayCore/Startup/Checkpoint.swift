public import ByteCoding

/// A row of the checkpoint table: how far a slot's events have safely arrived.
public struct Checkpoint: Equatable, Sendable {
    public enum Phase: String, Sendable {
        /// The first snapshot is being published; interrupted, it begins again.
        case snapshot
        case streaming
    }

    public var slot: String
    public var phase: Phase
    public var systemID: String
    public var timeline: Int64
    /// Everything committed before this position is in Kafka and its bookkeeping is done.
    public var endLSN: LSN
    /// Events published under this row.
    public var events: UInt64
    /// As the server prints it, UTC; nil for a row that is not stored yet.
    public var updatedAt: String?

    public init(
        slot: String, phase: Phase, systemID: String, timeline: Int64, endLSN: LSN, events: UInt64, updatedAt: String? = nil
    ) {
        self.slot = slot
        self.phase = phase
        self.systemID = systemID
        self.timeline = timeline
        self.endLSN = endLSN
        self.events = events
        self.updatedAt = updatedAt
    }
}
