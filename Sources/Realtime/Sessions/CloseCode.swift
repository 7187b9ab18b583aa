/// Why the server ends a connection (RFC 6455 section 7.4; from 4000 our own). A client may come back after each but `forbidden`.
public enum CloseCode: Int, Sendable, CaseIterable {
    case normal = 1000
    /// The server ends for good.
    case goingAway = 1001
    case protocolError = 1002
    /// Binary messages are not understood.
    case unsupported = 1003
    case invalidText = 1007
    /// Too many messages that could not be understood.
    case policy = 1008
    case tooBig = 1009
    case internalError = 1011
    /// The server restarts: resume elsewhere.
    case restart = 1012
    case tryLater = 1013
    /// The token expired or was refused: come back with a new one.
    case token = 4001
    case forbidden = 4003
    /// The client read too slowly: resume from the last cursor.
    case slow = 4008
    /// Too many messages.
    case rate = 4029
}
