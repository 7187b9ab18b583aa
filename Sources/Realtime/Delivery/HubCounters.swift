/// What a hub has done, since it began.
public struct HubCounters: Sendable {
    public var events = 0
    /// Events given to clients, and their bytes.
    public var deliveries = 0
    public var deliveredBytes = 0
    /// Calls to the system that delivered them live.
    public var writes = 0
    /// Times that a connection did not take all at once.
    public var blocked = 0
    /// Clients that fell back on the latest event of each key, and the events that they were spared.
    public var coalesced = 0
    public var superseded = 0
    /// Clients that came with a cursor and were given what they had missed.
    public var recovered = 0
    /// Clients that were told to reset, by reason.
    public var resets: [ResetReason: Int] = [:]
    /// Connections that the hub closed, by code.
    public var closed: [CloseCode: Int] = [:]
    /// Connections given up because nothing was heard or taken.
    public var aborted = 0
    public var messages = 0
    public var faults = 0

    public init() {}
}
