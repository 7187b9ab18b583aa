/// Cuts bytes into messages: frames of a WebSocket, or messages of an event stream.
struct MessageReader {
    let isStream: Bool
    private var bytes: [UInt8] = []

    init(isStream: Bool) { self.isStream = isStream }

    mutating func read(_ more: [UInt8]) -> [ReceivedMessage] {
        bytes.append(contentsOf: more)
        var messages: [ReceivedMessage] = []
        while let message = isStream ? nextStreamMessage() : nextFrame() { messages.append(message) }
        return messages
    }

    private mutating func nextFrame() -> ReceivedMessage? {
        guard bytes.count >= 2 else { return nil }
        precondition(bytes[1] & 0x80 == 0, "a server's frame is not masked")
        var start = 2
        var count = Int(bytes[1])
        if count >= 126 {
            let size = count == 126 ? 2 : 8
            guard bytes.count >= 2 + size else { return nil }
            count = bytes[2..<(2 + size)].reduce(0) { $0 << 8 | Int($1) }
            start += size
        }
        guard bytes.count >= start + count else { return nil }
        let opcode = bytes[0]
        let payload = Array(bytes[start..<(start + count)])
        bytes.removeFirst(start + count)
        let text = String(decoding: payload, as: UTF8.self)
        switch opcode {
        case 0x81:
            return ReceivedMessage(
                type: Self.value("type", text) ?? "?", cursor: Self.value("cursor", text), eventID: Self.value("event_id", text),
                id: Self.value("id", text), text: text)
        case 0x88: return ReceivedMessage(type: "close", text: text, code: Int(payload[0]) << 8 | Int(payload[1]))
        case 0x89: return ReceivedMessage(type: "ping", text: text)
        case 0x8A: return ReceivedMessage(type: "pong-frame", text: text)
        default: preconditionFailure("opcode \(opcode)")
        }
    }

    private mutating func nextStreamMessage() -> ReceivedMessage? {
        guard let end = zip(bytes.indices, bytes.dropFirst()).first(where: { bytes[$0.0] == 10 && $0.1 == 10 })?.0 else {
            return nil
        }
        let text = String(decoding: bytes[..<end], as: UTF8.self)
        bytes.removeFirst(end + 2)
        var message = ReceivedMessage(type: "", text: text)
        var name: String?
        var data: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("id: ") { message.cursor = String(line.dropFirst(4)) }
            if line.hasPrefix("event: ") { name = String(line.dropFirst(7)) }
            if line.hasPrefix("data: ") { data.append(line.dropFirst(6)) }
            if line.hasPrefix("retry: ") { message.id = String(line.dropFirst(7)) }
        }
        message.text = data.joined(separator: "\n")
        message.eventID = name == nil ? Self.value("event_id", message.text) : nil
        message.type = name ?? (data.isEmpty ? (text.hasPrefix("retry") ? "retry" : "ping") : "event")
        if message.type == "connected" { message.type = "welcome" }
        return message
    }

    /// The text value of a name, wherever it is: the messages of these tests have each name once.
    static func value(_ name: String, _ text: String) -> String? {
        guard let start = text.utf8.firstRange(of: "\"\(name)\":\"".utf8) else { return nil }
        let rest = text.utf8[start.upperBound...]
        return rest.firstIndex(of: UInt8(ascii: "\"")).map { String(rest[..<$0]) ?? "" }
    }
}
