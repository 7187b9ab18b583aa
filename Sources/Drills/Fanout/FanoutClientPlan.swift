/// One client of a fan-out: how it connects, and as whom.
public struct FanoutClientPlan: Sendable {
    public enum Form: Sendable, CaseIterable {
        /// The cursor is in the query.
        case webSocket
        /// The cursor is sent as a message once the connection stands.
        case resumingWebSocket
        case eventStream
    }

    public let form: Form
    public let channels: [String]
    public let token: String

    public init(form: Form, channels: [String], token: String) {
        self.form = form
        self.channels = channels
        self.token = token
    }

    /// What it sends on a new connection.
    ///
    /// - Parameter cursor: of the last event that it had; nil at first.
    func request(port: Int, cursor: String?) -> [UInt8] {
        let path = "\(form == .eventStream ? "/sse" : "/ws")?channels=\(channels.joined(separator: ","))"
        switch form {
        case .eventStream:
            let place = cursor.map { "Last-Event-ID: \($0)\r\n" } ?? ""
            return Array(
                """
                GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nAccept: text/event-stream\r\n\
                Authorization: Bearer \(token)\r\n\(place)\r\n
                """.utf8)
        case .webSocket, .resumingWebSocket:
            let place = form == .webSocket ? cursor.map { "&cursor=\($0)" } ?? "" : ""
            return Array(
                """
                GET \(path)\(place) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
                Sec-WebSocket-Protocol: outbox.v1, bearer.\(token)\r\n\r\n
                """.utf8)
        }
    }
}
