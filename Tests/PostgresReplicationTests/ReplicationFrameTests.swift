import ByteCoding
import Drills
import PostgresReplication
import TestSupport
import Testing

struct ReplicationFrameTests {
    private static let keepalive = PgOutputWriter(type: "k").int64(0x16_B374_D848).int64(820_000_000_000_000).int8(1).bytes
    private static let data = PgOutputWriter(type: "w").int64(1).int64(1).int64(820_000_000_000_000).raw([66, 0]).bytes

    private func parse(_ bytes: [UInt8]) throws(ReplicationFrameError) -> ReplicationFrame {
        try ReplicationFrame.parse(bytes.span.bytes)
    }

    private func failure(_ bytes: [UInt8]) -> ReplicationFrameError? {
        do {
            _ = try parse(bytes)
            return nil
        } catch { return error }
    }

    @Test func `frames are read as the server writes them`() throws {
        let asked = try parse(Self.keepalive)
        #expect(asked == .keepalive(end: LSN(rawValue: 0x16_B374_D848), replyRequested: true))
        let unasked = try parse(PgOutputWriter(type: "k").int64(0).int64(-1).int8(0).bytes)
        #expect(unasked == .keepalive(end: .zero, replyRequested: false))
        let data = try parse(Self.data)
        #expect(data == .data(payloadOffset: 25))
    }

    @Test func `a frame cut at every byte is an error that names type and offset`() throws {
        for whole in [Self.keepalive, Self.data] {
            // One byte of payload is a payload: what is missing of it, the decoder finds.
            let complete = whole[0] == UInt8(ascii: "w") ? 26 : whole.count
            for count in 0..<complete {
                let error = try #require(failure(Array(whole[..<count])), "cut at \(count)")
                #expect(error.type == (count == 0 ? 0 : whole[0]))
                #expect(error.offset >= 0 && error.offset <= count)
                #expect(!error.description.isEmpty)
            }
        }
    }

    @Test func `one byte too many, a flag that is none, and a type that is none are errors`() {
        #expect(failure(Self.keepalive + [0])?.type == UInt8(ascii: "k"))
        #expect(failure(Array(Self.keepalive.dropLast()) + [2])?.type == UInt8(ascii: "k"))
        #expect(failure([])?.description.contains("empty") == true)
        for type in UInt8.min...UInt8.max where type != UInt8(ascii: "w") && type != UInt8(ascii: "k") {
            let error = failure([type] + Self.keepalive.dropFirst())
            #expect(error?.type == type && error?.reason == "no such frame type")
        }
    }

    @Test func `every byte of a frame may have every value`() {
        for whole in [Self.keepalive, Self.data] {
            for place in whole.indices {
                for value in UInt8.min...UInt8.max {
                    var frame = whole
                    frame[place] = value
                    _ = failure(frame)
                }
            }
        }
    }

    @Test func `two hundred thousand spoiled frames are read or refused`() {
        var mutator = FrameMutator(corpus: [Self.keepalive, Self.data, [UInt8(ascii: "w")], [UInt8(ascii: "k")], []], seed: 9)
        var refused = 0
        var wrong: [[UInt8]] = []
        for _ in 0..<200_000 {
            let frame = mutator.next()
            let isRight: Bool
            do {
                switch try parse(frame) {
                case .data(let offset): isRight = frame[0] == UInt8(ascii: "w") && offset == 25 && frame.count > offset
                case .keepalive: isRight = frame[0] == UInt8(ascii: "k") && frame.count == 18
                }
            } catch {
                refused += 1
                isRight = error.offset >= 0 && error.offset <= frame.count
            }
            if !isRight { wrong.append(frame) }
        }
        #expect(wrong.isEmpty)
        #expect(refused > 50_000 && refused < 200_000)
    }
}
