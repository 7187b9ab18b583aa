import WebSocket

/// What a session did, kept beyond its bytes' life.
enum Seen: Hashable {
    case message(WebSocketMessageKind, [UInt8])
    case pong([UInt8])
    case sent([UInt8])
    case ended(WebSocketEnd)

    static func text(_ text: String) -> Seen { .message(.text, Array(text.utf8)) }
}
