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
        // Pongs go out together: ten thousand pings fit into one read, and must not cost as many calls of the kernel.
        var pongs: [UInt8] = []
        while client.isOpen, let action = session.next(&input) {
            switch action {
            case .message(let kind, let text):
                send(&pongs, hub, client, now)
                if kind == .text {
                    hub.received(client, text: text, now: now)
                } else {
                    hub.close(client, .unsupported, reason: "messages are JSON texts", now: now)
                }
            case .controlFrameWaits: pongs += session.takeControlFrame() ?? []
            case .pong: break
            case .ended(let end): finish(hub, client, end, saying: pongs, now)
            }
        }
        send(&pongs, hub, client, now)
        runtime.settle()
    }

    private func send(_ pongs: inout [UInt8], _ hub: LoopHub, _ client: HubClient, _ now: HubTime) {
        guard !pongs.isEmpty else { return }
        hub.send(client, frames: pongs, now: now)
        pongs = []
    }

    private func finish(
        _ hub: LoopHub, _ client: HubClient, _ end: WebSocketEnd, saying pongs: [UInt8], _ now: HubTime
    ) {
        var frames = pongs
        while let frame = session.takeControlFrame() { frames += frame }
        var code: CloseCode?
        if case .violation(let violation) = end { code = CloseCode(rawValue: Int(violation.closeCode.rawValue)) }
        hub.end(client, saying: frames, code: code, now: now)
    }
}
