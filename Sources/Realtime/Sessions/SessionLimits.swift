/// What one client may ask for.
public struct SessionLimits: Sendable {
    /// Subscriptions of one client.
    public var channels: Int
    /// Messages of one client.
    public var messages: TokenBucket.Rate
    /// Messages that could not be understood or were refused, less those that were good since, before the connection is closed.
    public var faults: Int

    public init(channels: Int = 128, messages: TokenBucket.Rate = .init(perSecond: 10, burst: 40), faults: Int = 16) {
        self.channels = channels
        self.messages = messages
        self.faults = faults
    }
}
