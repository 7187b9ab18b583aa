/// What one client, and all of them together, may cost the process. With the defaults that is at most 256 connections of
/// about 72 KiB of input each.
public struct HTTPLimits: Sendable, Hashable {
    /// Bytes of the request line and all headers. A longer head ends the connection.
    public var headerBytes: Int
    /// Bytes of a request's body. A longer one ends the connection.
    public var bodyBytes: Int
    /// A connection on which nothing moved for so long is closed.
    public var idleTimeoutMilliseconds: Int
    /// From one answered request (or the accept) to the next one answered, however busily the bytes trickle.
    public var exchangeTimeoutMilliseconds: Int
    /// Connections at the same time. Those beyond wait in the kernel's backlog until one ends.
    public var connections: Int

    /// Values below 1 are taken as 1.
    public init(
        headerBytes: Int = 8192, bodyBytes: Int = 65_536, idleTimeoutMilliseconds: Int = 10_000,
        exchangeTimeoutMilliseconds: Int = 30_000, connections: Int = 256
    ) {
        self.headerBytes = max(1, headerBytes)
        self.bodyBytes = max(1, bodyBytes)
        self.idleTimeoutMilliseconds = max(1, idleTimeoutMilliseconds)
        self.exchangeTimeoutMilliseconds = max(1, exchangeTimeoutMilliseconds)
        self.connections = max(1, connections)
    }
}
