/// What a client of an event stream is told, beside its events.
public enum StreamMessage: Sendable, Equatable {
    /// The first one. Its id is the place to resume from, also when no event comes before the connection breaks.
    case connected(connection: String, channels: [ChannelName], cursor: String, recovered: Bool?)
    /// The first one of a user's stream, in the form of its events.
    case connectedUser(connection: String, cursor: String, at: Int64)
    case reset(ResetReason, cursor: String)
    /// The stream will end: come back after so many milliseconds, unless the code, which a WebSocket would be closed with, says never.
    case reconnect(after: Int, CloseCode)

    public var bytes: [UInt8] {
        var writer = MessageWriter()
        switch self {
        case .connected(let connection, let channels, let cursor, let recovered):
            writer.add("connection", connection)
            writer.add("channels", channels)
            writer.add("cursor", cursor)
            if let recovered { writer.add(raw: "recovered", recovered ? "true" : "false") }
            return StreamText.message(name: "connected", id: cursor, data: writer.end())
        case .connectedUser(let connection, let cursor, let seconds):
            writer.add("id", connection)
            writer.add("name", "connected")
            writer.add("message", "connected")
            writer.add(instant: "timestamp", seconds)
            return StreamText.message(name: "connected", id: cursor, data: writer.end())
        case .reset(let reason, let cursor):
            writer.add("reason", reason.rawValue)
            writer.add("cursor", cursor)
            return StreamText.message(name: "reset", id: cursor, data: writer.end())
        case .reconnect(let milliseconds, let code):
            writer.add(raw: "after_ms", String(milliseconds))
            writer.add(raw: "code", String(code.rawValue))
            return StreamText.retry(milliseconds: milliseconds)
                + StreamText.message(name: "reconnect", id: nil, data: writer.end())
        }
    }
}
