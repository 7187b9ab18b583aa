/// A key of a topic that has a dead letter or parked events: what is parked waits by it. Pure.
public struct BlockedKey: Hashable, Sendable {
    public let topic: String
    public let key: [UInt8]

    public init(topic: String, key: [UInt8]) {
        self.topic = topic
        self.key = key
    }
}
