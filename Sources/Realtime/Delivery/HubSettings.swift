/// How a hub treats its clients. Times in milliseconds.
public struct HubSettings: Sendable {
    /// Of the cluster and the topic: ``Cursor/epoch(cluster:topic:)``.
    public var epoch: UInt32
    /// Put before each connection's number, so that it is unlike those of other loops and instances.
    public var connectionPrefix = ""
    public var rules: AccessRules
    public var session = SessionLimits()
    public var history = HistoryRing.Limits(events: 100_000, bytes: 64 << 20, age: 3_600_000)
    /// `delivery.interval.ms`: what comes in within it goes out together. 0: at once.
    public var interval: Int64 = 0
    public var slow = SlowClientLimits()
    /// Channels of which a client that is too slow gets only the latest event of each key. With any other one it is closed.
    public var coalescing: [ChannelPattern] = []
    public var liveness = Liveness()
    /// Between two signs of life in an event stream.
    public var streamPing: Int64 = 15_000
    /// Between two messages that tell a WebSocket client where it stands, so that one that gets no events can still resume.
    public var cursorRefresh: Int64 = 120_000
    /// How long somebody may be ahead of this instance.
    public var aheadTimeout: Int64 = 5_000
    /// How long a connection lasts before it is sent away to come back, so that the load evens out; 0: for ever.
    public var lifetime: Int64 = 0
    /// What clients wait before they come back: at least this much, and a random part of `jitter` on top.
    public var reconnectDelay = 1_000
    public var reconnectJitter = 4_000
    /// Events that clients who read on may look at in one turn of the loop, together, and one of them alone.
    public var turnEvents = 20_000
    public var readerEvents = 4_096
    /// Bytes that one of them may be sent in one turn.
    public var readerBytes = 256 << 10

    public init(epoch: UInt32, rules: AccessRules) {
        self.epoch = epoch
        self.rules = rules
    }
}
