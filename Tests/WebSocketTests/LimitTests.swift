import Testing
import WebSocket
import WebSocketCases

struct LimitTests {
    private static let limits = WebSocketLimits(frameBytes: 300, messageBytes: 1000, fragments: 4, unfinishedBytes: 2000)

    private func end(_ frames: [WireFrame]) -> WebSocketEnd? {
        let seen = SessionProbe.transcript(of: frames.flatMap(\.bytes), limits: Self.limits)
        guard case .ended(let end) = seen.first(where: { if case .ended = $0 { true } else { false } }) else { return nil }
        return end
    }

    private func part(_ opcode: UInt8, _ count: Int, isFinal: Bool = false) -> WireFrame {
        WireFrame(opcode, [UInt8](repeating: 0x61, count: count), isFinal: isFinal)
    }

    @Test func `what is as large as it may be is taken`() {
        #expect(end([part(1, 300, isFinal: true)]) == nil)
        #expect(end([part(2, 300), part(0, 300), part(0, 300), part(0, 100, isFinal: true)]) == nil)
        #expect(end([part(2, 0), part(0, 0), part(0, 0), part(0, 0, isFinal: true), part(2, 0, isFinal: true)]) == nil)
    }

    @Test func `what is larger ends the connection with 1009`() {
        #expect(end([part(1, 301, isFinal: true)]) == .violation(.frameTooBig))
        #expect(end([part(2, 300), part(0, 300), part(0, 300), part(0, 101)]) == .violation(.messageTooBig))
        #expect(end([part(2, 0), part(0, 0), part(0, 0), part(0, 0), part(0, 0)]) == .violation(.tooManyFragments))
        #expect(WebSocketViolation.frameTooBig.closeCode == .messageTooBig)
    }

    @Test func `a frame that is too big is refused by its header alone`() {
        let probe = SessionProbe(limits: Self.limits)
        probe.receive(part(1, 301).bytes.prefix(8))
        #expect(probe.seen.first == .ended(.violation(.frameTooBig)))
    }

    @Test func `memory grows with what arrived, not with what was announced`() {
        let allowance = WebSocketAllowance(
            limits: WebSocketLimits(frameBytes: 1 << 30, messageBytes: 1 << 30, unfinishedBytes: 1 << 30))
        let probe = SessionProbe(allowance: allowance)
        probe.receive(WireFrame(2, [1, 2, 3], lengthBytes: 8, saidLength: 1 << 29).bytes)
        #expect(allowance.unfinishedBytes <= 256)
        probe.receive([UInt8](repeating: 9, count: 10_000))
        #expect(allowance.unfinishedBytes <= 20_006)
    }

    @Test func `unfinished messages of all connections share one budget`() {
        let allowance = WebSocketAllowance(limits: Self.limits)
        let first = SessionProbe(allowance: allowance)
        do {
            let second = SessionProbe(allowance: allowance)
            let third = SessionProbe(allowance: allowance)
            first.receive((part(2, 300).bytes + part(0, 300).bytes + part(0, 200).bytes))
            second.receive((part(2, 300).bytes + part(0, 300).bytes))
            let held = allowance.unfinishedBytes
            #expect(held > 1400 && held <= 2000)
            third.receive((part(2, 300).bytes + part(0, 300).bytes + part(0, 300).bytes))
            #expect(third.seen.first == .ended(.violation(.noRoomForUnfinishedMessages)))
            #expect(third.seen.last == .sent(WebSocketFrame.close(.tryAgainLater, reason: "too many unfinished messages")))
            #expect(allowance.unfinishedBytes == held)
        }
        // The second is gone, and its bytes with it; the first is not disturbed.
        first.receive(part(0, 10, isFinal: true).bytes)
        #expect(first.seen == [.message(.binary, [UInt8](repeating: 0x61, count: 810))])
        #expect(allowance.unfinishedBytes == 0)
    }

    @Test func `a session that ends gives its memory back at once`() {
        let allowance = WebSocketAllowance(limits: Self.limits)
        let closed = SessionProbe(allowance: allowance)
        closed.receive(part(2, 300).bytes + WireFrame.close(1000).bytes)
        #expect(allowance.unfinishedBytes == 0)
        let wrong = SessionProbe(allowance: allowance)
        wrong.receive(part(2, 300).bytes + WireFrame(3).bytes)
        #expect(allowance.unfinishedBytes == 0)
        #expect(closed.seen.count == 2 && wrong.seen.count == 2)
    }

    @Test func `an idle session is small`() {
        #expect(MemoryLayout<WebSocketSession>.size <= 200)
    }
}
