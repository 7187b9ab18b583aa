/// The client's side of the handshake (section 4.1): the request, and the check of what the server answers to it.
public struct WebSocketClientHandshake: Sendable {
    /// The bytes to send.
    public let request: [UInt8]
    /// What the server chose of the subprotocols that were offered.
    public private(set) var subprotocol: String?
    /// The answer's header fields, once it is there.
    public private(set) var responseHeaders: [(name: String, value: String)] = []

    private let accept: String
    private let offered: [String]
    private var head: [UInt8] = []
    /// The longest head of an answer, in bytes.
    private static let mostHeadBytes = 16 * 1024

    /// - Parameters:
    ///   - host: the `Host` field: a name or address, with its port when that is not the scheme's own.
    ///   - path: with the query.
    ///   - nonce: 16 random bytes.
    ///   - headers: further fields, `Origin` or `Authorization` for instance.
    public init(
        host: String, path: String, nonce: [UInt8], subprotocols: [String] = [], headers: [(name: String, value: String)] = []
    ) {
        let key = Base64.encode(nonce)
        var lines = [
            "GET \(path) HTTP/1.1", "Host: \(host)", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: \(key)",
            "Sec-WebSocket-Version: 13",
        ]
        if !subprotocols.isEmpty { lines.append("Sec-WebSocket-Protocol: " + subprotocols.joined(separator: ", ")) }
        lines += headers.map { "\($0.name): \($0.value)" }
        request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        accept = WebSocketKey.accept(for: key)
        offered = subprotocols
    }

    /// Takes bytes of the answer. Returns how many of them belong to it once it is complete and right: what follows them is the
    /// server's first frames. Nil when more are needed.
    public mutating func receive(_ bytes: some Collection<UInt8>) throws(WebSocketHandshakeError) -> Int? {
        var used = 0
        for byte in bytes {
            head.append(byte)
            used += 1
            if byte == UInt8(ascii: "\n"), head.suffix(4) == [13, 10, 13, 10] {
                try check()
                return used
            }
            guard head.count < Self.mostHeadBytes else { throw .malformed("the answer's head is too long") }
        }
        return nil
    }

    private mutating func check() throws(WebSocketHandshakeError) {
        guard let text = String(validating: head, as: UTF8.self) else { throw .malformed("the answer's head is not UTF-8") }
        let lines = text.unicodeScalars.split(separator: "\n").map { String($0.last == "\r" ? $0.dropLast() : $0) }
        guard let statusLine = lines.first, statusLine.hasPrefix("HTTP/1.1 "),
            let status = Int(statusLine.dropFirst(9).prefix(3))
        else { throw .malformed("the answer is not HTTP/1.1") }
        for line in lines.dropFirst() where !line.isEmpty {
            guard let colon = line.firstIndex(of: ":") else { throw .malformed("a header field without a colon") }
            let value = HeaderList.trimmed(line[line.index(after: colon)...])
            responseHeaders.append((String(line[..<colon]), String(value)))
        }
        guard status == 101 else { throw .refused(status: status) }
        let fields = HeaderList(responseHeaders)
        guard fields.hasItem("Upgrade", "websocket"), fields.hasItem("Connection", "upgrade") else {
            throw .malformed("the answer upgrades to something else")
        }
        guard fields.values("Sec-WebSocket-Accept") == [accept] else { throw .malformed("Sec-WebSocket-Accept is wrong") }
        guard fields.items("Sec-WebSocket-Extensions").isEmpty else { throw .malformed("an extension that was not offered") }
        let chosen = fields.values("Sec-WebSocket-Protocol")
        guard chosen.count <= 1, chosen.allSatisfy(offered.contains) else {
            throw .malformed("a subprotocol that was not offered")
        }
        subprotocol = chosen.first
    }
}
