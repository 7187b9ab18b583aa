/// What a message's bytes are.
public enum WebSocketMessageKind: UInt8, Sendable {
    /// UTF-8, checked.
    case text
    case binary

    public var opcode: WebSocketOpcode {
        switch self {
        case .text: .text
        case .binary: .binary
        }
    }
}
