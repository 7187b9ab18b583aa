import Testing
import WebSocket
import WebSocketCases

/// TCP cuts a stream where it likes, so no cut may change what a session does.
struct SplittingTests {
    static let short = WebSocketCase.all.filter { $0.largestMessage < 600 && bytes(of: $0).count <= 700 }

    static func bytes(of item: WebSocketCase) -> [UInt8] {
        item.steps.flatMap { step -> [UInt8] in
            guard case .send(let frames, _) = step else { return [] }
            return frames.flatMap(\.bytes)
        }
    }

    @Test(arguments: short)
    func `cut anywhere, it does the same`(item: WebSocketCase) {
        let bytes = Self.bytes(of: item)
        let whole = SessionProbe.transcript(of: bytes)
        for place in bytes.indices {
            #expect(SessionProbe.transcript(of: bytes, cutAt: [place]) == whole, "cut at \(place)")
        }
        #expect(SessionProbe.transcript(of: bytes, cutAt: bytes.indices) == whole, "byte by byte")
    }

    @Test(arguments: [65535, 65536, 100_000], [UInt8(1), 2])
    func `a large message does not depend on the cut either`(size: Int, opcode: UInt8) {
        let payload = (0..<size).map { UInt8($0 * 7 % 127) }
        let bytes = WireFrame(opcode, payload).bytes + WireFrame.ping("x").bytes
        let whole: [Seen] = [.message(opcode == 1 ? .text : .binary, payload), .sent([0x8A, 1, 0x78])]
        for place in Array(0...20) + [4096, 4099, size / 2, size - 1] + Array(bytes.count - 12..<bytes.count) {
            #expect(SessionProbe.transcript(of: bytes, cutAt: [place]) == whole, "cut at \(place)")
        }
        #expect(SessionProbe.transcript(of: bytes, cutAt: stride(from: 0, to: bytes.count, by: 997)) == whole)
    }

    @Test func `a server's frames do not depend on the cut either`() {
        let bytes =
            WebSocketFrame.text("héllo") + WebSocketFrame.bytes(.ping, [1, 2, 3])
            + WebSocketFrame.bytes(.binary, [UInt8](0...255))
            + WebSocketFrame.close(.serviceRestart, reason: "back soon")
        let whole = SessionProbe.transcript(of: bytes, role: .client)
        #expect(whole.count == 5)
        #expect(whole.last == .sent([0x88, 0x82, 1, 2, 3, 4, 0x03 ^ 1, 0xF4 ^ 2]))
        for place in bytes.indices {
            #expect(SessionProbe.transcript(of: bytes, cutAt: [place], role: .client) == whole, "cut at \(place)")
        }
    }
}
