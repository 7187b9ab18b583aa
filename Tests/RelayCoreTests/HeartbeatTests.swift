import ByteCoding
import RelayCore
import Testing

struct HeartbeatTests {
    private static let second: Int64 = 1_000_000_000

    @Test func `a message is due when the position stood still for the interval, and again after the next`() {
        var heartbeat = Heartbeat(intervalMilliseconds: 5_000)
        let due = (0...11).filter { heartbeat.isDue(at: Int64($0) * Self.second, confirmed: 0x100) }
        #expect(due == [5, 10])
    }

    @Test func `progress makes it unnecessary`() {
        var heartbeat = Heartbeat(intervalMilliseconds: 5_000)
        let due = (0...60).filter { heartbeat.isDue(at: Int64($0) * Self.second, confirmed: LSN(rawValue: UInt64($0 / 4))) }
        #expect(due.isEmpty)
    }

    @Test func `without an interval there is none`() {
        var heartbeat = Heartbeat(intervalMilliseconds: 0)
        let due = [Int64(0), .max].filter { heartbeat.isDue(at: $0, confirmed: 1) }
        #expect(due.isEmpty)
    }
}
