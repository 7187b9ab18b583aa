internal import WebSocket

/// Frames from a server to a client: never masked, never in fragments.
enum ServerFrame {
    static func text(_ payload: [UInt8]) -> [UInt8] { WebSocketFrame.bytes(.text, payload) }

    /// A ping without a payload: the client's answer counts whatever it is.
    static let ping = WebSocketFrame.bytes(.ping)

    static func close(_ code: Int, _ reason: String) -> [UInt8] {
        WebSocketFrame.close(WebSocketCloseCode(rawValue: UInt16(clamping: code)), reason: reason)
    }
}
