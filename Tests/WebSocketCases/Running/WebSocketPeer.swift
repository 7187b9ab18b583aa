/// A server that cases are run against, and what may be expected of it.
public struct WebSocketPeer: Sendable {
    /// An IPv4 address.
    public var host: String
    public var port: UInt16
    /// With the query.
    public var path: String
    /// Further fields of the handshake's request, each a line without its end: `Authorization: Bearer ...`.
    public var headerLines: [String] = []
    /// Text messages that it sends by itself after the handshake.
    public var greetings = 0
    /// It sends each message back. Else any one text answers a text, and binary messages are refused with 1003.
    public var echoes = true
    /// Larger messages and those of more frames are not sent to it.
    public var largestMessage = Int.max
    public var mostFragments = Int.max
    /// Longest wait for anything, in milliseconds.
    public var patience: Int32 = 10_000

    public init(host: String = "127.0.0.1", port: UInt16, path: String = "/") {
        self.host = host
        self.port = port
        self.path = path
    }

    /// The cases that make sense for it. Thousands of messages that say nothing would be too many for one that does not echo.
    public var cases: [WebSocketCase] {
        WebSocketCase.all.filter { item in
            let isRoundTrip = item.id.hasPrefix("9.7") || item.id.hasPrefix("9.8")
            return item.largestMessage <= largestMessage && item.mostFragments <= mostFragments && (echoes || !isRoundTrip)
        }
    }
}
