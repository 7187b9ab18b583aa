import WebSocket

/// A session that is given bytes in any pieces and writes down what it did.
final class SessionProbe {
    private var session: WebSocketSession
    private(set) var seen: [Seen] = []
    /// Times that it said that a control frame waits.
    private(set) var waits = 0
    /// The socket takes nothing: control frames wait.
    var isBlocked = false
    /// The most that the allowance ever counted.
    private(set) var mostUnfinished = 0
    private let allowance: WebSocketAllowance

    static let roomy = WebSocketLimits(
        frameBytes: 1 << 20, messageBytes: 1 << 20, fragments: 1000, unfinishedBytes: 1 << 22)

    convenience init(role: WebSocketRole = .server, limits: WebSocketLimits = SessionProbe.roomy) {
        self.init(role: role, allowance: WebSocketAllowance(limits: limits))
    }

    init(role: WebSocketRole = .server, allowance: WebSocketAllowance) {
        session = WebSocketSession(role: role, allowance: allowance)
        self.allowance = allowance
    }

    /// Each piece lies in memory of just its size, so that a sanitizer sees a step beyond it.
    func receive(_ bytes: some Collection<UInt8>) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        var input = memory
        while let action = session.next(&input) {
            switch action {
            case .message(let kind, let payload): seen.append(.message(kind, Array(payload)))
            case .pong(let payload): seen.append(.pong(Array(payload)))
            case .controlFrameWaits: waits += 1
            case .ended(let end): seen.append(.ended(end))
            }
            mostUnfinished = max(mostUnfinished, allowance.unfinishedBytes)
            if !isBlocked { flush() }
        }
        mostUnfinished = max(mostUnfinished, allowance.unfinishedBytes)
    }

    func flush() {
        while let frame = session.takeControlFrame(maskKey: 0x0102_0304) { seen.append(.sent(frame)) }
    }

    func close(_ code: WebSocketCloseCode, reason: String = "") { session.close(code, reason: reason) }

    var phase: WebSocketPhase { session.phase }

    var hasControlFrame: Bool { session.hasControlFrame }

    /// What a session does with bytes that are cut at these places.
    static func transcript(
        of bytes: [UInt8], cutAt places: some Sequence<Int> = [], role: WebSocketRole = .server, limits: WebSocketLimits = roomy
    ) -> [Seen] {
        let probe = SessionProbe(role: role, limits: limits)
        var start = 0
        for place in places {
            probe.receive(bytes[start..<place])
            start = place
        }
        probe.receive(bytes[start...])
        return probe.seen
    }
}
