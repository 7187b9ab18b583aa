import Realtime

/// A client and its end of the connection.
final class StagedClient {
    let client: HubClient
    let socket: FakeSocket
    private var reader: MessageReader
    private(set) var cursor: String?

    init(_ client: HubClient, _ socket: FakeSocket) {
        self.client = client
        self.socket = socket
        reader = MessageReader(isStream: client.form != .webSocket)
    }

    /// What has come since the last time.
    func read() -> [ReceivedMessage] {
        let messages = reader.read(socket.drain())
        for message in messages { if let cursor = message.cursor { self.cursor = cursor } }
        return messages
    }

    /// The same, in short: ids of events, types of everything else.
    var seen: String {
        read().map { message in
            if message.type == "close" { return "close \(message.code ?? 0)" }
            return message.eventID ?? message.type
        }.joined(separator: " ")
    }
}
