public import ServiceRuntime

/// Why a stream is over.
public enum StreamEnd: Sendable, Hashable {
    /// The client ended its side, orderly.
    case clientClosed
    /// The connection broke: a reset, a timeout of TCP, a TLS error.
    case failed(SystemError)
    /// `close` was called.
    case closed
    /// `finish` was called, and the client has ended its side or the time is over.
    case finished
    /// The server stopped.
    case serverStopped
}
