/// How a client gets its events.
public enum ClientForm: UInt8, Sendable, CaseIterable {
    /// `GET /ws`: text frames with a cursor and the envelope.
    case webSocket
    /// `GET /sse`: unnamed messages, the envelope as data.
    case eventStream
    /// `GET /api/sse/subscribe/{userId}`: the named events of ``UserNotice``.
    case userStream
}
