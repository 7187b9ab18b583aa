/// The nonce of a handshake and the proof that a server gives for it (section 4.2.2).
enum WebSocketKey {
    static func accept(for key: String) -> String {
        Base64.encode(SHA1.digest(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }
}
