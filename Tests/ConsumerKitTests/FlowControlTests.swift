import ConsumerKit
import Testing

struct FlowControlTests {
    @Test
    func `A full memory brakes first, pauses when that does not help, and goes on at half`() {
        var flow = FlowControl(FlowControl.Limits(records: 100, bytes: 1_000, brakeMilliseconds: 500))
        #expect(flow.decide(records: 99, bytes: 0, now: 0) == .read)
        #expect(flow.decide(records: 100, bytes: 0, now: 10) == .brake)
        #expect(flow.decide(records: 60, bytes: 0, now: 20) == .brake)
        #expect(flow.decide(records: 50, bytes: 0, now: 30) == .read)
        #expect(flow.decide(records: 0, bytes: 1_000, now: 40) == .brake)
        #expect(flow.decide(records: 0, bytes: 900, now: 539) == .brake)
        #expect(flow.decide(records: 0, bytes: 900, now: 540) == .pause)
        #expect(flow.decide(records: 0, bytes: 501, now: 600) == .pause)
        #expect(flow.decide(records: 0, bytes: 500, now: 601) == .read)
    }
}
