internal import JSONReading

/// What a WebSocket client says.
public enum ClientMessage: Sendable, Equatable {
    /// - cursor: its text, unread: from there on the channels' events are wanted; nil: from now on.
    case subscribe(channels: [ChannelName], types: EventTypes?, cursor: String?, id: RequestID?)
    case unsubscribe(channels: [ChannelName], id: RequestID?)
    case resume(cursor: String, id: RequestID?)
    case refresh(token: String, id: RequestID?)
    case ping(id: RequestID?)

    /// Most channels in one message.
    static let channelLimit = 256

    /// Reads one text message. Fields that are not known are passed over.
    public init(_ text: UnsafeRawBufferPointer) throws(ClientFault) {
        let root: JSONView
        do throws(PayloadError) { root = try JSONDocument(text).root } catch { throw ClientFault(.malformed, "not a JSON text") }
        guard root.isObject else { throw ClientFault(.malformed, "not a JSON object") }
        let id = try Self.id(root)
        guard let type = root.member("type")?.asString else { throw ClientFault(.malformed, "type is missing", id: id) }
        switch type {
        case "subscribe":
            self = .subscribe(
                channels: try Self.channels(root, id), types: try Self.types(root, id), cursor: try Self.text(root, "cursor", id),
                id: id)
        case "unsubscribe": self = .unsubscribe(channels: try Self.channels(root, id), id: id)
        case "resume":
            guard let cursor = try Self.text(root, "cursor", id) else {
                throw ClientFault(.malformed, "cursor is missing", id: id)
            }
            self = .resume(cursor: cursor, id: id)
        case "refresh":
            guard let token = try Self.text(root, "token", id) else { throw ClientFault(.malformed, "token is missing", id: id) }
            self = .refresh(token: token, id: id)
        case "ping": self = .ping(id: id)
        default: throw ClientFault(.unknownType, "no message is known by this type", id: id)
        }
    }

    private static func id(_ root: JSONView) throws(ClientFault) -> RequestID? {
        guard let view = root.member("id") else { return nil }
        if let number = view.asInteger { return .number(number) }
        guard let text = view.asString, text.utf8.count <= RequestID.limit else {
            throw ClientFault(.malformed, "id is neither an integer nor a short text")
        }
        return .text(text)
    }

    private static func text(_ root: JSONView, _ name: String, _ id: RequestID?) throws(ClientFault) -> String? {
        guard let view = root.member(name) else { return nil }
        guard let text = view.asString else { throw ClientFault(.malformed, "\(name) is not a text", id: id) }
        return text
    }

    private static func texts(_ view: JSONView, _ name: String, _ id: RequestID?) throws(ClientFault) -> [String] {
        guard let items = view.asArray else { throw ClientFault(.malformed, "\(name) is not an array", id: id) }
        guard items.count <= channelLimit else { throw ClientFault(.malformed, "\(name) has too many items", id: id) }
        var texts: [String] = []
        for item in items {
            guard let text = item.asString else {
                throw ClientFault(.malformed, "\(name) has an item that is not a text", id: id)
            }
            texts.append(text)
        }
        return texts
    }

    private static func channels(_ root: JSONView, _ id: RequestID?) throws(ClientFault) -> [ChannelName] {
        guard let view = root.member("channels") else { throw ClientFault(.malformed, "channels is missing", id: id) }
        var names: [ChannelName] = []
        for text in try texts(view, "channels", id) {
            guard let name = ChannelName(text) else { throw ClientFault(.invalidChannel, "a name is no channel's", id: id) }
            if !names.contains(name) { names.append(name) }
        }
        guard !names.isEmpty else { throw ClientFault(.malformed, "channels is empty", id: id) }
        return names
    }

    private static func types(_ root: JSONView, _ id: RequestID?) throws(ClientFault) -> EventTypes? {
        guard let view = root.member("types") else { return nil }
        let names = try texts(view, "types", id)
        guard !names.isEmpty else { return nil }
        guard let types = EventTypes(names) else {
            throw ClientFault(.invalidTypes, "types has a name that is none, or too many", id: id)
        }
        return types
    }
}
