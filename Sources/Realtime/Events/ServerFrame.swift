/// Frames from a server to a client (RFC 6455 section 5.2): never masked, never in fragments.
enum ServerFrame {
    static func text(_ payload: borrowing [UInt8]) -> [UInt8] { frame(0x81, payload) }

    /// A ping without a payload: the client's answer counts whatever it is.
    static let ping: [UInt8] = [0x89, 0]

    /// - Parameter reason: cut to the 123 bytes that a control frame has room for.
    static func close(_ code: Int, _ reason: String) -> [UInt8] {
        var payload = [UInt8(truncatingIfNeeded: code >> 8), UInt8(truncatingIfNeeded: code)]
        var text = Substring(reason)
        while text.utf8.count > 123 { text = text.dropLast() }
        payload.append(contentsOf: text.utf8)
        return frame(0x88, payload)
    }

    private static func frame(_ first: UInt8, _ payload: borrowing [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(payload.count + 10)
        bytes.append(first)
        switch payload.count {
        case 0..<126: bytes.append(UInt8(payload.count))
        case 126..<65_536:
            bytes.append(126)
            append(UInt64(payload.count), count: 2, to: &bytes)
        default:
            bytes.append(127)
            append(UInt64(payload.count), count: 8, to: &bytes)
        }
        payload.withUnsafeBytes { bytes.append(contentsOf: $0) }
        return bytes
    }

    private static func append(_ value: UInt64, count: Int, to bytes: inout [UInt8]) {
        for shift in stride(from: (count - 1) * 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }
}
