/// How much a peer may send, in bytes of payload.
public struct WebSocketLimits: Sendable, Hashable {
    /// Of one frame.
    public var frameBytes: Int
    /// Of one message, all its fragments together.
    public var messageBytes: Int
    /// Frames of one message, empty ones too.
    public var fragments: Int
    /// Memory that the unfinished messages of all connections hold together that share a ``WebSocketAllowance``.
    public var unfinishedBytes: Int

    public init(
        frameBytes: Int = 64 * 1024, messageBytes: Int = 64 * 1024, fragments: Int = 64, unfinishedBytes: Int = 16 * 1024 * 1024
    ) {
        self.frameBytes = frameBytes
        self.messageBytes = messageBytes
        self.fragments = fragments
        self.unfinishedBytes = unfinishedBytes
    }
}
