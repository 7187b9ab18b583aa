/// What a peer sent, as the decoder finds it. The bytes are valid until the decoder is asked for the next one, and while the
/// input that it was given is.
@safe
public enum WebSocketEvent {
    /// A whole message, text or binary; text is UTF-8.
    case message(WebSocketMessageKind, UnsafeRawBufferPointer)
    case ping(UnsafeRawBufferPointer)
    case pong(UnsafeRawBufferPointer)
    /// Without a code when the peer gave none.
    case close(WebSocketCloseCode?, reason: String)
}
