/// What is to be done after some bytes came in.
@safe
public enum WebSocketAction {
    /// A whole message. The bytes are valid until the session is asked for the next action, and while the input is.
    case message(WebSocketMessageKind, UnsafeRawBufferPointer)
    /// A control frame waits: take it with ``WebSocketSession/takeControlFrame(maskKey:)`` and send it before anything else,
    /// as soon as the socket takes bytes and no other frame is half written.
    case controlFrameWaits
    /// The peer answered a ping, or sent a pong by itself. Valid as a message's bytes are.
    case pong(UnsafeRawBufferPointer)
    /// Nothing more is read. Send the control frame that may wait, then end the connection: a server closes it as soon as that
    /// is flushed, a client lets the server do so.
    case ended(WebSocketEnd)
}
