/// What a peer did that ends its connection.
public enum WebSocketViolation: Error, Sendable, Hashable, CaseIterable {
    case reservedBits
    case reservedOpcode
    case unmaskedFrame
    case maskedFrame
    case lengthNotMinimal
    case lengthBeyond63Bits
    case controlFrameTooLong
    case controlFrameFragmented
    case nothingToContinue
    case messageNotFinished
    case closePayloadOfOneByte
    case closeCodeNotAllowed
    case textNotUTF8
    case closeReasonNotUTF8
    case frameTooBig
    case messageTooBig
    case tooManyFragments
    /// The unfinished messages of all connections together hold as much as they may.
    case noRoomForUnfinishedMessages

    /// What our close frame says.
    public var closeCode: WebSocketCloseCode {
        switch self {
        case .reservedBits, .reservedOpcode, .unmaskedFrame, .maskedFrame, .lengthNotMinimal, .lengthBeyond63Bits,
            .controlFrameTooLong, .controlFrameFragmented, .nothingToContinue, .messageNotFinished, .closePayloadOfOneByte,
            .closeCodeNotAllowed:
            .protocolError
        case .textNotUTF8, .closeReasonNotUTF8: .invalidPayload
        case .frameTooBig, .messageTooBig, .tooManyFragments: .messageTooBig
        case .noRoomForUnfinishedMessages: .tryAgainLater
        }
    }

    /// One constant sentence part, for the close frame and for logs; it holds nothing of what the peer sent.
    public var reason: String {
        switch self {
        case .reservedBits: "reserved bits are set"
        case .reservedOpcode: "reserved opcode"
        case .unmaskedFrame: "frame is not masked"
        case .maskedFrame: "frame is masked"
        case .lengthNotMinimal: "length is not encoded minimally"
        case .lengthBeyond63Bits: "length beyond 63 bits"
        case .controlFrameTooLong: "control frame beyond 125 bytes"
        case .controlFrameFragmented: "control frame is fragmented"
        case .nothingToContinue: "no message to continue"
        case .messageNotFinished: "new message within another"
        case .closePayloadOfOneByte: "close payload of one byte"
        case .closeCodeNotAllowed: "close code is not allowed"
        case .textNotUTF8: "text is not UTF-8"
        case .closeReasonNotUTF8: "close reason is not UTF-8"
        case .frameTooBig: "frame is too big"
        case .messageTooBig: "message is too big"
        case .tooManyFragments: "too many fragments"
        case .noRoomForUnfinishedMessages: "too many unfinished messages"
        }
    }
}
