/// What the reader found since its last batch, for every loop's hub.
public struct EventBatch: Sendable {
    /// Reading begins here, at the start or because the log is not the one that it was: what the history holds is void.
    public internal(set) var restart: Positions?
    /// In the instance's order, without holes in their sequence numbers.
    public internal(set) var events: [RealtimeEvent]
    /// The sequence number of the first event to come after a restart.
    var firstSequence: Int64
    /// How far the log has been read, skipped records included.
    public internal(set) var positions: Positions
}
