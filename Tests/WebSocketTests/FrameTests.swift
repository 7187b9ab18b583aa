import ByteCoding
import Testing
import WebSocket
import WebSocketCases

struct FrameTests {
    /// The examples of RFC 6455, section 5.7.
    @Test func `frames are written as the standard shows them`() {
        let hello = Array("Hello".utf8)
        #expect(WebSocketFrame.text("Hello") == [0x81, 0x05] + hello)
        #expect(
            WebSocketFrame.text("Hello", maskKey: 0x37FA_213D)
                == [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58])
        #expect(WebSocketFrame.bytes(.text, Array("Hel".utf8), isFinal: false) == [0x01, 0x03, 0x48, 0x65, 0x6C])
        #expect(WebSocketFrame.bytes(.continuation, Array("lo".utf8)) == [0x80, 0x02, 0x6C, 0x6F])
        #expect(WebSocketFrame.bytes(.ping, hello) == [0x89, 0x05] + hello)
        let bytes256 = [UInt8](repeating: 7, count: 256)
        #expect(WebSocketFrame.bytes(.binary, bytes256) == [0x82, 0x7E, 0x01, 0x00] + bytes256)
        let bytes65536 = [UInt8](repeating: 7, count: 65536)
        #expect(WebSocketFrame.bytes(.binary, bytes65536) == [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0] + bytes65536)
    }

    @Test(
        arguments: [0, 1, 3, 4, 7, 8, 31, 32, 33, 63, 125, 126, 127, 255, 256, 65535, 65536, 70000],
        [nil, 0, 0xA1B2_C3D4 as UInt32?])
    func `frames are those of a writer that shares no code`(size: Int, key: UInt32?) {
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 5) }
        let keyBytes = key.map { key in (0..<4).reversed().map { UInt8(truncatingIfNeeded: key >> UInt32($0 * 8)) } }
        for (opcode, isFinal) in [(WebSocketOpcode.text, true), (.binary, false), (.continuation, true)] {
            let frame = WebSocketFrame.bytes(opcode, payload, isFinal: isFinal, maskKey: key)
            #expect(frame == WireFrame(opcode.rawValue, payload, isFinal: isFinal, maskKey: keyBytes).bytes)
            let header = WebSocketFrame.headerBytes(payloadBytes: size, isMasked: key != nil)
            #expect(frame.count == header + size)
        }
    }

    @Test func `a buffer's bytes become a frame`() {
        var buffer = ByteBuffer()
        buffer.append("{\"type\":")
        buffer.append("7}")
        #expect(WebSocketFrame.bytes(.text, buffer) == WebSocketFrame.text("{\"type\":7}"))
        #expect(WebSocketFrame.bytes(.text, ByteBuffer()) == [0x81, 0])
    }

    @Test(arguments: [
        ("", 0), ("going", 5), (String(repeating: "a", count: 123), 123), (String(repeating: "a", count: 124), 123),
        (String(repeating: "é", count: 62), 122), ("a" + String(repeating: "é", count: 61), 123),
        (String(repeating: "😀", count: 31), 120), (String(repeating: "a", count: 1000), 123),
    ])
    func `a reason is cut on a code point's border`(reason: String, kept: Int) {
        let frame = WebSocketFrame.close(.goingAway, reason: reason)
        #expect(frame == [0x88, UInt8(kept + 2), 0x03, 0xE9] + Array(reason.utf8.prefix(kept)))
        #expect(String(validating: frame.dropFirst(4), as: UTF8.self) != nil)
    }

    @Test func `close codes that may be sent`() {
        let allowed = (0...UInt16.max).filter { WebSocketCloseCode(rawValue: $0).mayBeSent }
        #expect(allowed == Array(1000...1003) + Array(1007...1014) + Array(3000...4999))
    }

    @Test(arguments: WebSocketViolation.allCases)
    func `every violation closes with a code that may be sent and a reason that fits`(violation: WebSocketViolation) {
        #expect(violation.closeCode.mayBeSent)
        #expect(!violation.reason.isEmpty && violation.reason.utf8.count <= WebSocketFrame.mostReasonBytes)
    }
}
