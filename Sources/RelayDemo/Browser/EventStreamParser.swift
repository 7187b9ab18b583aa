/// Cuts the body of an event stream (text/event-stream) into messages. Pure; comments and what only sets the retry are no messages.
public struct EventStreamParser: Sendable {
    /// What a browser's page would be given.
    public struct Message: Equatable, Sendable {
        /// "message" when the server names none.
        public var name = "message"
        public var id = ""
        public var data: [UInt8] = []

        public init(name: String = "message", id: String = "", data: [UInt8]) {
            self.name = name
            self.id = id
            self.data = data
        }
    }

    private var line: [UInt8] = []
    private var message = Message(data: [])
    private var hasData = false

    public init() {}

    /// Takes in what arrived, cut anywhere, and returns the messages that it completes.
    public mutating func add(_ bytes: some Sequence<UInt8>) -> [Message] {
        var messages: [Message] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if line.isEmpty {
                if hasData { messages.append(message) }
                message = Message(data: [])
                hasData = false
            } else {
                takeLine()
            }
            line.removeAll(keepingCapacity: true)
        }
        return messages
    }

    private mutating func takeLine() {
        let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let field = parts.first else { return }
        let rest = parts.count > 1 ? parts[1] : []
        let value = rest.first == UInt8(ascii: " ") ? rest.dropFirst() : rest
        switch String(decoding: field, as: UTF8.self) {
        case "event": message.name = String(decoding: value, as: UTF8.self)
        case "id": message.id = String(decoding: value, as: UTF8.self)
        case "data":
            if hasData { message.data.append(UInt8(ascii: "\n")) }
            message.data += value
            hasData = true
        default: break
        }
    }
}
