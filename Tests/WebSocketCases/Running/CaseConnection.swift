/// A client's connection: the handshake, and frames as they come.
struct CaseConnection {
    private let socket: CaseSocket
    private var reader = WireReader()
    private var hasEnded = false

    init(_ socket: CaseSocket) { self.socket = socket }

    /// The nonce and its answer are the example of RFC 6455, so that nothing has to be calculated here.
    mutating func upgrade(path: String, host: String, headerLines: [String]) throws {
        let lines =
            [
                "GET \(path) HTTP/1.1", "Host: \(host)", "Upgrade: websocket", "Connection: Upgrade",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
            ] + headerLines
        try socket.write(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)[...]) { _ in }
        var head: [UInt8] = []
        while true {
            guard let bytes = try socket.read() else { throw WebSocketCaseFailure("the connection ended in the handshake") }
            head += bytes
            guard let end = head.indices.first(where: { $0 >= 3 && head[$0 - 3...$0] == [13, 10, 13, 10] }) else { continue }
            let text = String(decoding: head[...end], as: UTF8.self)
            guard text.hasPrefix("HTTP/1.1 101 "),
                text.lowercased().contains("\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n")
            else { throw WebSocketCaseFailure("the handshake was answered by \(text.prefix { !$0.isNewline })") }
            reader.append(head[(end + 1)...])
            return
        }
    }

    /// Writes one piece after the other, and takes what comes meanwhile.
    mutating func send(_ pieces: [ArraySlice<UInt8>]) throws {
        for piece in pieces where !hasEnded {
            var ended = false
            let accepted = try socket.write(piece) { bytes in
                if let bytes { reader.append(bytes) } else { ended = true }
            }
            hasEnded = ended || !accepted
        }
    }

    /// The next whole frame.
    mutating func next() throws -> Received {
        while true {
            if let received = try reader.next() { return received }
            guard try takeMore() else { throw WebSocketCaseFailure("the connection ended without a close frame") }
        }
    }

    /// Nothing comes any more, and the server ends the connection.
    mutating func expectEnd() throws {
        while try takeMore() {}
        guard reader.unreadCount == 0 else {
            throw WebSocketCaseFailure("\(reader.unreadCount) bytes came after the close frame")
        }
    }

    private mutating func takeMore() throws -> Bool {
        guard let bytes = try socket.read() else { return false }
        reader.append(bytes)
        return true
    }
}
