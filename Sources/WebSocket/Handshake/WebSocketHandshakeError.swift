/// Why a client's handshake failed.
public enum WebSocketHandshakeError: Error, Sendable, Hashable {
    /// The server answered, but did not upgrade: too many connections, no valid token, another path.
    case refused(status: Int)
    /// The answer is no answer to this handshake; says what is wrong with it.
    case malformed(String)
}
