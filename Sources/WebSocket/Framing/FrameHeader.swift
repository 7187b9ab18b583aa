/// The header of a frame, read byte by byte as it comes. What is wrong with it is said at the first byte that shows it.
struct FrameHeader {
    private enum Step: UInt8 { case opcode, length, extendedLength, key, complete }

    private var step = Step.opcode
    /// Bytes of the extended length or of the key that are still to come, and the length's own 7 bits while they come.
    private var missing: UInt8 = 0
    private var shortLength: UInt8 = 0
    private var key: UInt32 = 0
    private var wideLength: UInt64 = 0

    private(set) var opcode = WebSocketOpcode.continuation
    private(set) var isFinal = false

    var isComplete: Bool { step == .complete }
    /// Bytes of payload.
    var length: Int { Int(truncatingIfNeeded: wideLength) }
    var mask: PayloadMask { PayloadMask(key: key) }

    /// Takes bytes off `input` until the header is complete; false when more are needed.
    mutating func read(
        from input: inout UnsafeMutableRawBufferPointer, sentBy peer: WebSocketRole
    ) throws(WebSocketViolation) -> Bool {
        var used = 0
        defer { unsafe input = UnsafeMutableRawBufferPointer(rebasing: input[used...]) }
        while step != .complete {
            guard used < input.count else { return false }
            try take(unsafe input[used], sentBy: peer)
            used += 1
        }
        return true
    }

    private mutating func take(_ byte: UInt8, sentBy peer: WebSocketRole) throws(WebSocketViolation) {
        switch step {
        case .opcode: try takeOpcode(byte)
        case .length: try takeLength(byte, sentBy: peer)
        case .extendedLength: try takeExtendedLength(byte, sentBy: peer)
        case .key:
            key = key << 8 | UInt32(byte)
            missing -= 1
            if missing == 0 { step = .complete }
        case .complete: break
        }
    }

    private mutating func takeOpcode(_ byte: UInt8) throws(WebSocketViolation) {
        guard byte & 0x70 == 0 else { throw .reservedBits }
        guard let opcode = WebSocketOpcode(rawValue: byte & 0x0F) else { throw .reservedOpcode }
        self.opcode = opcode
        isFinal = byte & 0x80 != 0
        guard isFinal || !opcode.isControl else { throw .controlFrameFragmented }
        step = .length
    }

    private mutating func takeLength(_ byte: UInt8, sentBy peer: WebSocketRole) throws(WebSocketViolation) {
        switch (peer, byte & 0x80 != 0) {
        case (.client, false): throw .unmaskedFrame
        case (.server, true): throw .maskedFrame
        default: break
        }
        shortLength = byte & 0x7F
        if opcode.isControl {
            guard shortLength <= 125 else { throw .controlFrameTooLong }
            guard opcode != .close || shortLength != 1 else { throw .closePayloadOfOneByte }
        }
        switch shortLength {
        case 126: (step, missing) = (.extendedLength, 2)
        case 127: (step, missing) = (.extendedLength, 8)
        default:
            wideLength = UInt64(shortLength)
            lengthIsKnown(sentBy: peer)
        }
    }

    private mutating func takeExtendedLength(_ byte: UInt8, sentBy peer: WebSocketRole) throws(WebSocketViolation) {
        if missing == 8, byte & 0x80 != 0 { throw .lengthBeyond63Bits }
        wideLength = wideLength << 8 | UInt64(byte)
        missing -= 1
        guard missing == 0 else { return }
        guard wideLength >= (shortLength == 126 ? 126 : 65536) else { throw .lengthNotMinimal }
        lengthIsKnown(sentBy: peer)
    }

    private mutating func lengthIsKnown(sentBy peer: WebSocketRole) {
        (step, missing) = peer == .client ? (.key, 4) : (.complete, 0)
    }
}
