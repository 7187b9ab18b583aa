/// A frame as a client puts it on the wire, right or wrong. Written without the codec that it tests.
public struct WireFrame: Sendable {
    public var opcode: UInt8
    public var payload: [UInt8]
    public var isFinal: Bool
    /// The three reserved bits, 0 to 7.
    public var reserved: UInt8
    /// Nil: not masked, as only a server may send it.
    public var maskKey: [UInt8]?
    /// Bytes of the extended length (0, 2 or 8) when it is to be another than the shortest.
    public var lengthBytes: Int?
    /// A length that is said instead of the payload's own.
    public var saidLength: UInt64?

    public init(
        _ opcode: UInt8, _ payload: [UInt8] = [], isFinal: Bool = true, reserved: UInt8 = 0,
        maskKey: [UInt8]? = [0x37, 0xFA, 0x21, 0x3D], lengthBytes: Int? = nil, saidLength: UInt64? = nil
    ) {
        self.opcode = opcode
        self.payload = payload
        self.isFinal = isFinal
        self.reserved = reserved
        self.maskKey = maskKey
        self.lengthBytes = lengthBytes
        self.saidLength = saidLength
    }

    public static func text(_ text: String, isFinal: Bool = true, reserved: UInt8 = 0) -> WireFrame {
        WireFrame(1, Array(text.utf8), isFinal: isFinal, reserved: reserved)
    }

    public static func continuation(_ text: String, isFinal: Bool) -> WireFrame {
        WireFrame(0, Array(text.utf8), isFinal: isFinal)
    }

    public static func ping(_ text: String = "", isFinal: Bool = true, reserved: UInt8 = 0) -> WireFrame {
        WireFrame(9, Array(text.utf8), isFinal: isFinal, reserved: reserved)
    }

    public static func pong(_ text: String = "", isFinal: Bool = true) -> WireFrame {
        WireFrame(10, Array(text.utf8), isFinal: isFinal)
    }

    public static func close(_ code: UInt16, _ reason: [UInt8] = []) -> WireFrame {
        WireFrame(8, [UInt8(code >> 8), UInt8(code & 0xFF)] + reason)
    }

    /// A message in fragments of at most `size` bytes; an empty one is one frame.
    public static func fragmented(_ opcode: UInt8, _ payload: [UInt8], size: Int) -> [WireFrame] {
        let starts = Array(stride(from: 0, to: max(1, payload.count), by: size))
        return starts.map { start in
            let end = min(start + size, payload.count)
            return WireFrame(start == 0 ? opcode : 0, Array(payload[start..<end]), isFinal: end == payload.count)
        }
    }

    public var bytes: [UInt8] {
        var bytes = [opcode | reserved << 4 | (isFinal ? 0x80 : 0)]
        let length = saidLength ?? UInt64(payload.count)
        let wide = lengthBytes ?? (length < 126 ? 0 : length < 65536 ? 2 : 8)
        let short = wide == 0 ? UInt8(length) : wide == 2 ? 126 : 127
        bytes.append(short | (maskKey == nil ? 0 : 0x80))
        for index in (0..<wide).reversed() { bytes.append(UInt8(truncatingIfNeeded: length >> UInt64(8 * index))) }
        guard let maskKey else { return bytes + payload }
        bytes += maskKey
        let body = bytes.count
        bytes += payload
        Self.mask(&bytes, from: body, maskKey)
        return bytes
    }

    /// Eight bytes at a time: some messages are large, and tests are built without optimisation as well.
    private static func mask(_ bytes: inout [UInt8], from start: Int, _ key: [UInt8]) {
        let word = (key + key).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        bytes.withUnsafeMutableBytes { memory in
            var index = start
            while index + 8 <= memory.count {
                let value = memory.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                memory.storeBytes(of: value ^ word, toByteOffset: index, as: UInt64.self)
                index += 8
            }
            while index < memory.count {
                memory[index] ^= key[(index - start) & 3]
                index += 1
            }
        }
    }
}
