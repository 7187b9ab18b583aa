/// A request that asks for a WebSocket in the right way, and the header fields of the answer 101.
public struct WebSocketUpgrade: Sendable {
    /// The subprotocols that the client offers, in its order.
    public let offeredSubprotocols: [String]
    /// The one that was chosen; nil when the client offers none that the server speaks. A browser that offered some then closes.
    public let subprotocol: String?
    /// `Upgrade`, `Connection`, `Sec-WebSocket-Accept` and, when one was chosen, `Sec-WebSocket-Protocol`.
    public let responseHeaders: [(name: String, value: String)]

    /// Checks a request (section 4.2.1). Extensions that it offers are not taken up.
    ///
    /// - Parameters:
    ///   - subprotocols: what the server speaks; the client's order decides.
    /// - Throws: 405 for another method, 426 for a request that asks for no WebSocket or another version of it, 400 for the rest.
    public init(
        method: String, headers: [(name: String, value: String)], subprotocols: [String] = []
    ) throws(WebSocketRefusal) {
        let fields = HeaderList(headers)
        guard method == "GET" else {
            throw WebSocketRefusal(405, "a WebSocket is asked for by GET", headers: [("Allow", "GET")])
        }
        guard fields.hasItem("Upgrade", "websocket"), fields.hasItem("Connection", "upgrade") else {
            throw WebSocketRefusal(
                426, "this address serves WebSocket", headers: [("Upgrade", "websocket"), ("Connection", "Upgrade")])
        }
        guard fields.values("Sec-WebSocket-Version") == ["13"] else {
            throw WebSocketRefusal(
                426, "WebSocket version 13 is served",
                headers: [("Sec-WebSocket-Version", "13"), ("Upgrade", "websocket"), ("Connection", "Upgrade")])
        }
        let keys = fields.values("Sec-WebSocket-Key")
        guard let key = keys.first, keys.count == 1, Base64.decodedCount(key) == 16 else {
            throw WebSocketRefusal(400, "Sec-WebSocket-Key is not 16 bytes in base64")
        }
        offeredSubprotocols = fields.items("Sec-WebSocket-Protocol")
        guard offeredSubprotocols.allSatisfy(HeaderList.isToken) else {
            throw WebSocketRefusal(400, "Sec-WebSocket-Protocol is not a list of names")
        }
        subprotocol = offeredSubprotocols.first(where: subprotocols.contains)
        responseHeaders =
            [
                ("Upgrade", "websocket"), ("Connection", "Upgrade"),
                ("Sec-WebSocket-Accept", WebSocketKey.accept(for: key)),
            ] + (subprotocol.map { [("Sec-WebSocket-Protocol", $0)] } ?? [])
    }
}
