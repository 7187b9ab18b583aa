/// One connection after its handshake: bytes in, actions out.
///
/// It answers pings, takes part in the closing handshake in both orders, and ends the connection of a peer that breaks the
/// protocol or a limit. It sends nothing itself and keeps no queue: of control frames at most one pong waits (that for the last
/// ping, as section 5.5.3 allows) and one close frame. Messages are built with ``WebSocketFrame`` and sent by the owner, none
/// after ``close(_:reason:)`` and none once it ended. An idle session holds no memory beside itself. Used on one thread.
///
///     while let action = session.next(&input) { ... }
public struct WebSocketSession: ~Copyable {
    private var decoder: WebSocketDecoder
    private let role: WebSocketRole
    public private(set) var phase = WebSocketPhase.open
    /// Payloads of the control frames that wait.
    private var pong: [UInt8]?
    private var close: [UInt8]?

    public init(role: WebSocketRole, allowance: WebSocketAllowance) {
        decoder = WebSocketDecoder(role: role, allowance: allowance)
        self.role = role
    }

    /// Takes bytes off the front of `input` up to the next thing to be done; nil when all are taken. It writes to the memory.
    @unsafe
    public mutating func next(_ input: inout UnsafeMutableRawBufferPointer) -> WebSocketAction? {
        while phase != .ended {
            do throws(WebSocketViolation) {
                guard let event = try unsafe decoder.next(&input) else { return nil }
                if let action = action(event) { return action }
            } catch {
                if phase == .open { close = WebSocketFrame.closePayload(error.closeCode, reason: error.reason) }
                return end(.violation(error))
            }
        }
        unsafe input = UnsafeMutableRawBufferPointer(rebasing: input.suffix(0))
        return nil
    }

    private mutating func action(_ event: WebSocketEvent) -> WebSocketAction? {
        switch (event, phase) {
        case (.close(let code, let reason), .open):
            close = code.map { WebSocketFrame.closePayload($0, reason: "") } ?? []
            return end(.closedByPeer(code, reason: reason))
        case (.close(let code, _), _): return end(.closeAnswered(code))
        case (.message(let kind, let bytes), .open): return unsafe .message(kind, bytes)
        case (.pong(let payload), .open): return unsafe .pong(payload)
        case (.ping(let payload), .open):
            pong = unsafe Array(payload)
            return .controlFrameWaits
        default: return nil
        }
    }

    private mutating func end(_ end: WebSocketEnd) -> WebSocketAction {
        phase = .ended
        decoder.discard()
        return .ended(end)
    }

    /// Begins the closing handshake: a close frame waits to be sent then. No effect once the connection closes or has ended.
    /// How long the peer may take to answer is the owner's to watch.
    public mutating func close(_ code: WebSocketCloseCode, reason: String = "") {
        guard phase == .open else { return }
        phase = .closing
        close = WebSocketFrame.closePayload(code, reason: reason)
    }

    public var hasControlFrame: Bool { pong != nil || close != nil }

    /// The control frame to be sent next, a pong before the close frame; nil when none waits. A client gives a random key.
    public mutating func takeControlFrame(maskKey: UInt32 = 0) -> [UInt8]? {
        let key = role == .client ? maskKey : nil
        if let payload = pong.take() { return WebSocketFrame.bytes(.pong, payload, maskKey: key) }
        if let payload = close.take() { return WebSocketFrame.bytes(.close, payload, maskKey: key) }
        return nil
    }
}
