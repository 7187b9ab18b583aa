import HTTPServer
import Realtime
import WebSocket

/// A client of `GET /ws`.
final class WebSocketClient: StreamClient {
    private var session: WebSocketSession

    override init(_ stream: ClientStream, _ runtime: LoopRuntime, _ lease: UserTable.Lease?) {
        session = WebSocketSession(role: .server, allowance: runtime.allowance)
        super.init(stream, runtime, lease)
    }

    override func stream(_ stream: ClientStream, received bytes: UnsafeRawBufferPointer) {
        guard let hub = runtime.hub, let client, !bytes.isEmpty else { return }
        let now = runtime.now
        hub.heard(client, now: now)
        // The session unmasks in place.
        var input = runtime.copy(bytes)
        while client.isOpen, let action = session.next(&input) {
            switch action {
            case .message(.text, let text): hub.received(client, text: text, now: now)
            case .message(.binary, _): hub.close(client, .unsupported, reason: "messages are JSON texts", now: now)
            case .controlFrameWaits:
                if let frame = session.takeControlFrame() { hub.send(client, frames: frame, now: now) }
            case .pong: break
            case .ended(let end): finish(hub, client, end, now)
            }
        }
        runtime.settle()
    }

    private func finish(_ hub: LoopHub, _ client: HubClient, _ end: WebSocketEnd, _ now: HubTime) {
        var frames: [UInt8] = []
        while let frame = session.takeControlFrame() { frames += frame }
        var code: CloseCode?
        if case .violation(let violation) = end { code = CloseCode(rawValue: Int(violation.closeCode.rawValue)) }
        hub.end(client, saying: frames, code: code, now: now)
    }
}
