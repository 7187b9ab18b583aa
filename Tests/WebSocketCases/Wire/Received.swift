/// What a server sent.
public enum Received: Sendable, Equatable, CustomStringConvertible {
    case text([UInt8])
    case binary([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(UInt16?)

    public var description: String {
        switch self {
        case .text(let bytes): "text of \(Self.shown(bytes))"
        case .binary(let bytes): "binary of \(Self.shown(bytes))"
        case .ping(let bytes): "ping of \(Self.shown(bytes))"
        case .pong(let bytes): "pong of \(Self.shown(bytes))"
        case .close(let code): "close \(code.map(String.init) ?? "without a code")"
        }
    }

    private static func shown(_ bytes: [UInt8]) -> String {
        "\(bytes.count) bytes" + (bytes.count > 60 ? "" : " " + String(decoding: bytes, as: UTF8.self).debugDescription)
    }
}
