/// The head of an answer whose body is a stream: written as it is, without a length, before the stream opens.
public struct ResponseHead: Sendable {
    public var status: Int
    public var reason: String
    /// Header fields. One whose name or value holds a line break is left out.
    public var headers: [(name: String, value: String)]

    public init(status: Int, reason: String, headers: [(name: String, value: String)] = []) {
        self.status = status
        self.reason = reason
        self.headers = headers
    }

    /// 200 with a body that goes on until the connection closes, and is not to be kept or changed on its way.
    public static func eventStream(_ headers: [(name: String, value: String)] = []) -> ResponseHead {
        let own = [
            (name: "Content-Type", value: "text/event-stream"), (name: "Cache-Control", value: "no-cache, no-transform"),
            (name: "X-Accel-Buffering", value: "no"), (name: "Connection", value: "close"),
        ]
        return ResponseHead(status: 200, reason: "OK", headers: own + headers)
    }

    /// 101: the connection goes on in another protocol, such as `websocket`.
    public static func switchingProtocols(
        to protocolName: String, _ headers: [(name: String, value: String)] = []
    ) -> ResponseHead {
        let own = [(name: "Upgrade", value: protocolName), (name: "Connection", value: "Upgrade")]
        return ResponseHead(status: 101, reason: "Switching Protocols", headers: own + headers)
    }

    /// What goes over the wire, with the empty line.
    var bytes: [UInt8] {
        var text = "HTTP/1.1 \(status) \(reason)\r\n"
        for (name, value) in headers where !Self.breaks(name) && !Self.breaks(value) {
            text += "\(name): \(value)\r\n"
        }
        return Array((text + "\r\n").utf8)
    }

    private static func breaks(_ text: String) -> Bool {
        text.utf8.contains { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }
    }
}
