/// Cuts what a peer sends into messages and control frames, whatever pieces it comes in.
///
/// It works in the memory that it is given: a message that lies in one frame and in one piece of input is unmasked there and
/// handed out where it is. Only what comes in several pieces is gathered in memory of its own, which grows with what arrived,
/// within the limits, and is given back with the next call. Between messages it holds no memory beside itself.
public struct WebSocketDecoder: ~Copyable {
    private let peer: WebSocketRole
    private let allowance: WebSocketAllowance

    private var header = FrameHeader()
    /// Bytes of the frame's payload that were taken.
    private var taken = 0

    /// What the message is of which a part is there; nil between messages.
    private var kind: WebSocketMessageKind?
    private var fragments = 0
    private var utf8 = UTF8Validator()
    private var message: PayloadBuffer
    private var control: PayloadBuffer

    private var violation: WebSocketViolation?

    /// `role`: our own. The allowance belongs to the thread that uses this decoder.
    public init(role: WebSocketRole, allowance: WebSocketAllowance) {
        peer = role == .server ? .client : .server
        self.allowance = allowance
        message = PayloadBuffer(allowance: allowance)
        // 125 bytes at most: a ping that comes in two pieces must not fail because others hold much.
        control = PayloadBuffer(allowance: nil)
    }

    /// Takes bytes off the front of `input`, up to the end of the next message or control frame; nil when all are taken.
    ///
    /// It writes to the input's memory. After a violation each further call throws the same.
    @unsafe
    public mutating func next(_ input: inout UnsafeMutableRawBufferPointer) throws(WebSocketViolation) -> WebSocketEvent? {
        if let violation { throw violation }
        // What the last call handed out is not needed any more.
        if !header.isComplete { control.removeAll() }
        if kind == nil { message.removeAll() }
        do throws(WebSocketViolation) {
            return try unsafe readEvent(&input)
        } catch {
            violation = error
            discard()
            throw error
        }
    }

    /// Gives back the memory of a message that will not be finished.
    mutating func discard() {
        message.removeAll()
        control.removeAll()
    }

    private mutating func readEvent(_ input: inout UnsafeMutableRawBufferPointer) throws(WebSocketViolation) -> WebSocketEvent? {
        while true {
            if !header.isComplete {
                guard try unsafe header.read(from: &input, sentBy: peer) else { return nil }
                if !header.opcode.isControl { try beginFragment() }
            }
            let start = taken
            let chunk = unsafe UnsafeMutableRawBufferPointer(rebasing: input.prefix(header.length - taken))
            unsafe input = UnsafeMutableRawBufferPointer(rebasing: input[chunk.count...])
            taken += chunk.count
            if peer == .client { unsafe header.mask.apply(to: chunk, offset: start) }

            let payload = UnsafeRawBufferPointer(chunk)
            let event = try unsafe header.opcode.isControl ? takeControl(payload) : takeData(payload)
            guard taken == header.length else { return nil }
            header = FrameHeader()
            taken = 0
            if let event { return event }
        }
    }

    // MARK: Messages

    private var limits: WebSocketLimits { allowance.limits }

    private mutating func beginFragment() throws(WebSocketViolation) {
        switch (header.opcode, kind) {
        case (.continuation, nil): throw .nothingToContinue
        case (.continuation, _): break
        case (_, nil):
            kind = header.opcode == .text ? .text : .binary
            fragments = 0
            utf8 = UTF8Validator()
        default: throw .messageNotFinished
        }
        guard header.length <= limits.frameBytes else { throw .frameTooBig }
        guard header.length <= limits.messageBytes - message.count else { throw .messageTooBig }
        fragments += 1
        guard fragments <= limits.fragments else { throw .tooManyFragments }
    }

    /// Takes the next piece of a fragment; the message when this was its last.
    private mutating func takeData(_ piece: UnsafeRawBufferPointer) throws(WebSocketViolation) -> WebSocketEvent? {
        guard let kind else { throw .nothingToContinue }
        if kind == .text {
            guard unsafe utf8.accept(piece) else { throw .textNotUTF8 }
        }
        let isLast = header.isFinal && taken == header.length
        if isLast {
            guard kind != .text || utf8.isComplete else { throw .textNotUTF8 }
            self.kind = nil
            if message.count == 0 { return unsafe .message(kind, piece) }
        }
        let most = header.isFinal ? message.count + piece.count + header.length - taken : limits.messageBytes
        guard unsafe message.append(piece, most: most) else { throw .noRoomForUnfinishedMessages }
        return isLast ? unsafe .message(kind, message.bytes) : nil
    }

    // MARK: Control frames

    /// Takes the next piece of a control frame; what it says when it is whole.
    private mutating func takeControl(_ piece: UnsafeRawBufferPointer) throws(WebSocketViolation) -> WebSocketEvent? {
        let isWhole = taken == header.length
        if isWhole, control.count == 0 { return try unsafe controlEvent(piece) }
        guard unsafe control.append(piece, most: header.length) else { throw .noRoomForUnfinishedMessages }
        return isWhole ? try unsafe controlEvent(control.bytes) : nil
    }

    private func controlEvent(_ payload: UnsafeRawBufferPointer) throws(WebSocketViolation) -> WebSocketEvent {
        switch header.opcode {
        case .ping: return unsafe .ping(payload)
        case .pong: return unsafe .pong(payload)
        default: break
        }
        guard payload.count >= 2 else { return .close(nil, reason: "") }
        let code = WebSocketCloseCode(rawValue: unsafe UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.mayBeSent else { throw .closeCodeNotAllowed }
        guard let reason = unsafe String(validating: payload[2...], as: UTF8.self) else { throw .closeReasonNotUTF8 }
        return .close(code, reason: reason)
    }
}
