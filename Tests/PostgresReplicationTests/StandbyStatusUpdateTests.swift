import ByteCoding
import PostgresReplication
import Testing

struct StandbyStatusUpdateTests {
    private func encoded(_ update: StandbyStatusUpdate, clientTime: Int64) -> [UInt8] {
        var buffer = ByteBuffer()
        update.encode(clientTime: clientTime, into: &buffer)
        return buffer.withUnsafeBytes { Array($0) }
    }

    @Test func `it is encoded byte for byte as the protocol says`() {
        let update = StandbyStatusUpdate(
            write: LSN(rawValue: 0x0102_0304_0506_0708), flush: LSN(rawValue: 0x1112_1314_1516_1718),
            apply: LSN(rawValue: 0x2122_2324_2526_2728), replyRequested: true)
        let expected: [UInt8] = [
            0x72, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x21, 0x22,
            0x23,
            0x24, 0x25, 0x26, 0x27, 0x28, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x01,
        ]
        #expect(encoded(update, clientTime: 0x3132_3334_3536_3738) == expected)
        #expect(expected.count == StandbyStatusUpdate.encodedSize)
    }

    @Test func `no change is written as zeros, a time before 2000 as its two's complement`() {
        let update = StandbyStatusUpdate(write: LSN(rawValue: 0x16_B374_D848), flush: .zero, apply: .zero, replyRequested: false)
        let expected: [UInt8] =
            [0x72, 0, 0, 0, 0x16, 0xB3, 0x74, 0xD8, 0x48] + Array(repeating: 0, count: 16) + Array(repeating: 0xFF, count: 8) + [
                0
            ]
        #expect(encoded(update, clientTime: -1) == expected)
    }

    @Test func `updates follow one another in a buffer`() {
        var buffer = ByteBuffer()
        let update = StandbyStatusUpdate(write: .zero, flush: .zero, apply: .zero, replyRequested: false)
        for _ in 0..<3 { update.encode(clientTime: 0, into: &buffer) }
        #expect(buffer.count == 3 * StandbyStatusUpdate.encodedSize)
    }
}
