/// What a WebSocket client is told, beside its events. Cursors are texts: everything below, the client has.
public enum ServerMessage: Sendable, Equatable {
    /// - expiresAt: seconds since 1970.
    /// - recovered: nil when the client gave no cursor. True means that what it missed follows; a `reset` may still come after it.
    case welcome(
        connection: String, user: String?, channels: [ChannelName], cursor: String, recovered: Bool?, expiresAt: Int64?)
    case subscribed(channels: [ChannelName], cursor: String, id: RequestID?)
    case unsubscribed(channels: [ChannelName], cursor: String, id: RequestID?)
    case resumed(cursor: String, id: RequestID?)
    case reset(ResetReason, cursor: String)
    /// The connection will end: come back after `after` milliseconds and a random part of `jitter`.
    case reconnect(after: Int, jitter: Int)
    case token(expiresAt: Int64?)
    case pong(cursor: String, id: RequestID?)
    /// Nothing happened for a while, but the topic went on: the place to resume from.
    case cursor(String)
    case error(ClientFault)

    /// As JSON text.
    public var json: [UInt8] {
        var writer = MessageWriter()
        switch self {
        case .welcome(let connection, let user, let channels, let cursor, let recovered, let expiresAt):
            writer.begin("welcome")
            writer.add("connection", connection)
            if let user { writer.add("user", user) } else { writer.add(raw: "user", "null") }
            writer.add("channels", channels)
            writer.add("cursor", cursor)
            if let recovered { writer.add(raw: "recovered", recovered ? "true" : "false") }
            writer.add(instant: "expires_at", expiresAt)
        case .subscribed(let channels, let cursor, let id):
            writer.begin("subscribed", id)
            writer.add("channels", channels)
            writer.add("cursor", cursor)
        case .unsubscribed(let channels, let cursor, let id):
            writer.begin("unsubscribed", id)
            writer.add("channels", channels)
            writer.add("cursor", cursor)
        case .resumed(let cursor, let id):
            writer.begin("resumed", id)
            writer.add("cursor", cursor)
            writer.add(raw: "recovered", "true")
        case .reset(let reason, let cursor):
            writer.begin("reset")
            writer.add("reason", reason.rawValue)
            writer.add("cursor", cursor)
        case .reconnect(let after, let jitter):
            writer.begin("reconnect")
            writer.add(raw: "after_ms", String(after))
            writer.add(raw: "jitter_ms", String(jitter))
        case .token(let expiresAt):
            writer.begin("token")
            writer.add(instant: "expires_at", expiresAt)
        case .pong(let cursor, let id):
            writer.begin("pong", id)
            writer.add("cursor", cursor)
        case .cursor(let cursor):
            writer.begin("cursor")
            writer.add("cursor", cursor)
        case .error(let fault):
            writer.begin("error", fault.id)
            writer.add("code", fault.code.rawValue)
            writer.add("message", fault.message)
        }
        return writer.end()
    }
}
