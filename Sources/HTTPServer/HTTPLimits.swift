/// What one client, and all of them together, may cost the process. With the defaults that is at most 256 connections of
/// about 72 KiB of input each.
public struct HTTPLimits: Sendable, Hashable {
    /// What happens to clients beyond `connections`.
    public enum FullPolicy: Sendable, Hashable {
        /// They wait in the kernel's backlog until a connection ends.
        case wait
        /// They are answered 503 with Retry-After, so that they can go elsewhere.
        case refuse
    }

    /// Bytes of the request line and all headers. A longer head ends the connection.
    public var headerBytes: Int
    /// Bytes of a request's body. A longer one is answered 413 and ends the connection.
    public var bodyBytes: Int
    /// A connection on which nothing moved for so long is closed. Streams are left alone.
    public var idleTimeoutMilliseconds: Int
    /// From one answered request (or the accept) to the next one answered, however busily the bytes trickle. Not for streams.
    public var exchangeTimeoutMilliseconds: Int
    /// From the accept to the first request, all of it, with the TLS handshake. The shorter of this and
    /// `exchangeTimeoutMilliseconds` counts.
    public var handshakeTimeoutMilliseconds: Int
    /// Connections at the same time, streams among them, over all loops.
    public var connections: Int
    /// What happens to clients beyond `connections`. With several loops `wait` may let in one more for each.
    public var whenFull: FullPolicy
    /// Connections taken per second, over all loops; 0 for no limit. Those beyond are answered 503 with Retry-After. A TLS
    /// connection is closed instead, before the handshake, which is what costs.
    public var acceptsPerSecond: Int
    /// Connections that may come at once after a pause.
    public var acceptBurst: Int
    /// Connections that may be about to get their 503 at the same time. Those beyond are closed without an answer.
    public var refusedAtOnce: Int
    /// The seconds that a 503 tells the client to wait.
    public var retryAfterSeconds: Int
    /// Bytes of a connection that the kernel takes while it cannot send them yet (TCP_NOTSENT_LOWAT): `write` blocks beyond,
    /// so that what a slow client will get stays in the hands of the one who writes. 0 leaves the kernel's own limits, megabytes.
    public var unsentBytes: Int

    /// Values below 1 are taken as 1, where 0 has no meaning of its own.
    public init(
        headerBytes: Int = 8192, bodyBytes: Int = 65_536, idleTimeoutMilliseconds: Int = 10_000,
        exchangeTimeoutMilliseconds: Int = 30_000, handshakeTimeoutMilliseconds: Int = 10_000, connections: Int = 256,
        whenFull: FullPolicy = .wait, acceptsPerSecond: Int = 0, acceptBurst: Int? = nil, refusedAtOnce: Int = 64,
        retryAfterSeconds: Int = 5, unsentBytes: Int = 0
    ) {
        self.headerBytes = max(1, headerBytes)
        self.bodyBytes = max(1, bodyBytes)
        self.idleTimeoutMilliseconds = max(1, idleTimeoutMilliseconds)
        self.exchangeTimeoutMilliseconds = max(1, exchangeTimeoutMilliseconds)
        self.handshakeTimeoutMilliseconds = max(1, handshakeTimeoutMilliseconds)
        self.connections = max(1, connections)
        self.whenFull = whenFull
        self.acceptsPerSecond = max(0, acceptsPerSecond)
        self.acceptBurst = max(1, acceptBurst ?? acceptsPerSecond)
        self.refusedAtOnce = max(0, refusedAtOnce)
        self.retryAfterSeconds = max(1, retryAfterSeconds)
        self.unsentBytes = max(0, unsentBytes)
    }
}
