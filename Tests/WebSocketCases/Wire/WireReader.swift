/// Reads what a server sends, strictly and without the codec that it tests: whole frames, unmasked, nothing reserved, every
/// length minimal. Servers may fragment messages; ours do not, so a fragment is wrong here.
struct WireReader {
    private var bytes: [UInt8] = []
    private var start = 0

    mutating func append(_ more: ArraySlice<UInt8>) {
        if start > 0, start == bytes.count || start > 1 << 20 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes += more
    }

    /// Bytes that belong to no whole frame.
    var unreadCount: Int { bytes.count - start }

    /// The next whole frame; nil when more bytes are needed.
    mutating func next() throws -> Received? {
        guard unreadCount >= 2 else { return nil }
        let (first, second) = (bytes[start], bytes[start + 1])
        guard first & 0x70 == 0 else { throw WebSocketCaseFailure("a frame with reserved bits came") }
        guard second & 0x80 == 0 else { throw WebSocketCaseFailure("a masked frame came") }
        guard first & 0x80 != 0 else { throw WebSocketCaseFailure("a fragment came") }
        let wide = second == 126 ? 2 : second == 127 ? 8 : 0
        guard unreadCount >= 2 + wide else { return nil }
        var length = Int(second)
        if wide > 0 {
            length = bytes[start + 2..<start + 2 + wide].reduce(0) { $0 << 8 | Int($1) }
            guard length >= (wide == 2 ? 126 : 65536) else { throw WebSocketCaseFailure("a length that is not minimal came") }
        }
        let body = start + 2 + wide
        guard bytes.count - body >= length else { return nil }
        let payload = Array(bytes[body..<body + length])
        start = body + length
        return try received(opcode: first & 0xF, payload)
    }

    private func received(opcode: UInt8, _ payload: [UInt8]) throws -> Received {
        guard opcode < 8 || payload.count <= 125 else { throw WebSocketCaseFailure("a long control frame came") }
        switch opcode {
        case 1: return .text(payload)
        case 2: return .binary(payload)
        case 9: return .ping(payload)
        case 10: return .pong(payload)
        case 8 where payload.isEmpty: return .close(nil)
        case 8 where payload.count >= 2: return .close(UInt16(payload[0]) << 8 | UInt16(payload[1]))
        default: throw WebSocketCaseFailure("a frame with opcode \(opcode) and \(payload.count) bytes came")
        }
    }
}
