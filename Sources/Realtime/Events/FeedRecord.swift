/// A record of the topic as the reader has it in its hands: borrowed memory, valid for the length of a call.
public struct FeedRecord {
    /// The header that names an event's channels, separated by commas.
    public static let channelsHeader = "realtime_channels"

    public var partition: Int32
    public var offset: Int64
    /// Milliseconds since 1970; nil when the log has none.
    public var timestamp: Int64?
    public var key: UnsafeRawBufferPointer?
    /// nil for a tombstone.
    public var value: UnsafeRawBufferPointer?
    /// Of ``channelsHeader``; nil without one.
    public var channels: UnsafeRawBufferPointer?

    public init(
        partition: Int32, offset: Int64, timestamp: Int64?, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        channels: UnsafeRawBufferPointer?
    ) {
        self.partition = partition
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.channels = channels
    }
}
