/// A channel that a client may have, and how much of it.
public struct Subscription: Sendable, Equatable {
    public let channel: ChannelName
    /// nil: events of every type.
    public let types: EventTypes?
    /// Also events that belong to another user.
    public let seesAll: Bool

    public init(channel: ChannelName, types: EventTypes? = nil, seesAll: Bool) {
        self.channel = channel
        self.types = types
        self.seesAll = seesAll
    }
}
