/// How a session ended.
public enum WebSocketEnd: Sendable, Hashable {
    /// The peer closed; our answer waits to be sent. Without a code when it gave none.
    case closedByPeer(WebSocketCloseCode?, reason: String)
    /// The peer answered our close frame: there is nothing more to say.
    case closeAnswered(WebSocketCloseCode?)
    /// The peer broke the protocol or a limit; our close frame waits to be sent, unless one had been sent before.
    case violation(WebSocketViolation)
}
