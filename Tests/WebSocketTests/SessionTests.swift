import Testing
import WebSocket
import WebSocketCases

struct SessionTests {
    @Test func `a ping is answered by its payload, in each role with the frames of that role`() {
        #expect(SessionProbe.transcript(of: WireFrame.ping("hi").bytes) == [.sent([0x8A, 2, 0x68, 0x69])])
        let ping = WebSocketFrame.bytes(.ping, Array("hi".utf8))
        #expect(
            SessionProbe.transcript(of: ping, role: .client) == [.sent([0x8A, 0x82, 1, 2, 3, 4, 0x68 ^ 1, 0x69 ^ 2])])
    }

    @Test func `a pong is a note`() {
        #expect(SessionProbe.transcript(of: WireFrame.pong("42").bytes) == [.pong(Array("42".utf8))])
    }

    @Test func `of the pings that come while the socket is blocked the last is answered`() {
        let probe = SessionProbe()
        probe.isBlocked = true
        probe.receive((0..<1000).flatMap { WireFrame.ping("\($0)").bytes })
        #expect(probe.waits == 1000 && probe.seen.isEmpty && probe.hasControlFrame)
        probe.flush()
        #expect(probe.seen == [.sent(WebSocketFrame.bytes(.pong, Array("999".utf8)))])
        #expect(!probe.hasControlFrame)
    }

    @Test func `the peer closes: its code is sent back, and nothing is read after it`() {
        let bytes = WireFrame.close(4001, Array("bye".utf8)).bytes + WireFrame.text("more").bytes + [0xFF, 0xFF]
        #expect(
            SessionProbe.transcript(of: bytes) == [
                .ended(.closedByPeer(WebSocketCloseCode(rawValue: 4001), reason: "bye")), .sent([0x88, 2, 0x0F, 0xA1]),
            ])
        #expect(
            SessionProbe.transcript(of: WireFrame(8).bytes) == [.ended(.closedByPeer(nil, reason: "")), .sent([0x88, 0])])
    }

    @Test func `a pong that waits goes before the close frame`() {
        let probe = SessionProbe()
        probe.isBlocked = true
        probe.receive(WireFrame.ping("a").bytes + WireFrame.close(1000).bytes)
        #expect(probe.phase == .ended)
        probe.flush()
        #expect(probe.seen.dropFirst() == [.sent([0x8A, 1, 0x61]), .sent([0x88, 2, 0x03, 0xE8])])
    }

    @Test func `we close: what comes until the answer is ignored`() {
        let probe = SessionProbe()
        probe.close(.serviceRestart, reason: "restart")
        probe.close(.normal)
        #expect(probe.phase == .closing)
        probe.flush()
        probe.receive(WireFrame.text("late").bytes + WireFrame.ping("late").bytes + WireFrame.pong().bytes)
        probe.receive(WireFrame.close(1012).bytes + WireFrame.text("later").bytes)
        #expect(probe.phase == .ended)
        #expect(
            probe.seen == [
                .sent(WebSocketFrame.close(.serviceRestart, reason: "restart")), .ended(.closeAnswered(.serviceRestart)),
            ])
    }

    @Test func `both close at the same time: one close frame of each`() {
        let probe = SessionProbe()
        probe.close(.goingAway)
        probe.receive(WireFrame.close(1000).bytes)
        #expect(probe.seen == [.ended(.closeAnswered(.normal)), .sent([0x88, 2, 0x03, 0xE9])])
    }

    @Test func `a violation while we close ends it without a second close frame`() {
        let probe = SessionProbe()
        probe.close(.goingAway)
        probe.flush()
        probe.receive(WireFrame(3).bytes)
        #expect(probe.seen == [.sent([0x88, 2, 0x03, 0xE9]), .ended(.violation(.reservedOpcode))])
    }

    @Test func `close after the end does nothing`() {
        let probe = SessionProbe()
        probe.receive(WireFrame.close(1000).bytes)
        probe.close(.goingAway)
        probe.flush()
        #expect(probe.seen.count == 2)
        #expect(probe.phase == .ended)
    }

    @Test(arguments: [
        (WireFrame(1, [], reserved: 4), WebSocketViolation.reservedBits),
        (WireFrame(0xB), .reservedOpcode),
        (WireFrame(1, [], maskKey: nil), .unmaskedFrame),
        (WireFrame(1, [1], lengthBytes: 2), .lengthNotMinimal),
        (WireFrame(1, [1], lengthBytes: 8), .lengthNotMinimal),
        (WireFrame(1, [1], lengthBytes: 8, saidLength: .max), .lengthBeyond63Bits),
        (WireFrame(9, [UInt8](repeating: 0, count: 126)), .controlFrameTooLong),
        (WireFrame(9, [], isFinal: false), .controlFrameFragmented),
        (WireFrame(0, []), .nothingToContinue),
        (WireFrame(8, [3]), .closePayloadOfOneByte),
        (WireFrame.close(1005), .closeCodeNotAllowed),
        (WireFrame(1, [0xC3]), .textNotUTF8),
        (WireFrame(1, [0xFF]), .textNotUTF8),
        (WireFrame.close(1000, [0xFF]), .closeReasonNotUTF8),
        (WireFrame(1, [], lengthBytes: 8, saidLength: 1 << 40), .frameTooBig),
    ])
    func `a violation ends the connection with its code and its reason`(frame: WireFrame, violation: WebSocketViolation) {
        #expect(
            SessionProbe.transcript(of: frame.bytes + WireFrame.text("ignored").bytes) == [
                .ended(.violation(violation)), .sent(WebSocketFrame.close(violation.closeCode, reason: violation.reason)),
            ])
    }

    @Test func `a new message within another is a violation, and so is a server's mask`() {
        let nested = WireFrame.text("a", isFinal: false).bytes + WireFrame(2, [1]).bytes
        #expect(SessionProbe.transcript(of: nested).first == .ended(.violation(.messageNotFinished)))
        #expect(SessionProbe.transcript(of: WireFrame.text("a").bytes, role: .client).first == .ended(.violation(.maskedFrame)))
    }

    @Test func `a message in one frame is handed out where it lies`() {
        var session = WebSocketSession(role: .server, allowance: WebSocketAllowance(limits: SessionProbe.roomy))
        let bytes = WireFrame.text("here").bytes
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        var input = memory
        guard case .message(_, let payload) = session.next(&input) else {
            Issue.record("no message")
            return
        }
        #expect(payload.baseAddress == memory.baseAddress.map { UnsafeRawPointer($0 + 6) })
    }
}
