/// Which side of the connection we are: a client masks what it sends, a server must not.
public enum WebSocketRole: UInt8, Sendable {
    case server
    case client
}
