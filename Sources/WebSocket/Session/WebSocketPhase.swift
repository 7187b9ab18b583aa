/// How far a session is.
public enum WebSocketPhase: UInt8, Sendable {
    case open
    /// We closed; the peer's answer is awaited, and what else it sends is ignored.
    case closing
    /// Nothing more is read.
    case ended
}
