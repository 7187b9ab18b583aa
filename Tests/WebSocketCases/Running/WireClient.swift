/// A WebSocket client for tests that look at single frames. It shares no code with the server's codec.
///
/// Waits no longer than its peer's patience. One thread at a time uses it; the connection ends with it.
public final class WireClient {
    private let socket: CaseSocket
    private var connection: CaseConnection

    /// Connects and upgrades. Throws the first line of an answer that is no upgrade.
    public init(_ peer: WebSocketPeer) throws {
        socket = try CaseSocket(host: peer.host, port: peer.port, patience: peer.patience)
        connection = CaseConnection(socket)
        try connection.upgrade(path: peer.path, host: "\(peer.host):\(peer.port)", headerLines: peer.headerLines)
    }

    deinit { socket.close() }

    /// Sends frames, each by itself. What the server no longer takes is left out.
    public func send(_ frames: WireFrame...) throws { try connection.send(frames.map { $0.bytes[...] }) }

    /// The next frame that is neither ping nor pong.
    public func next() throws -> Received {
        while true {
            let received = try connection.next()
            switch received {
            case .ping, .pong: continue
            default: return received
            }
        }
    }

    /// The next text message of this type; others before it are left out.
    public func next(_ type: String) throws -> String {
        while true {
            switch try next() {
            case .text(let bytes):
                let text = String(decoding: bytes, as: UTF8.self)
                if text.hasPrefix("{\"type\":\"\(type)\"") { return text }
            case let other: throw WebSocketCaseFailure("\(other) came, and no \(type)")
            }
        }
    }

    /// The close frame's code; messages before it are left out.
    public func closeCode() throws -> UInt16? {
        while true { if case .close(let code) = try next() { return code } }
    }
}
