import Drills
import PgOutput
import TestSupport
import Testing

struct MalformedMessageTests {
    private func failure(_ bytes: [UInt8]) -> PgOutputError? {
        do {
            _ = try PgOutputDecoder().decode(bytes.span.bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test func `every message cut at every byte is an error`() {
        for sample in PgOutputWriter.samples {
            #expect(failure(sample) == nil)
            for count in 0..<sample.count {
                let cut = Array(sample[..<count])
                guard let error = failure(cut) else {
                    // A StreamAbort is whole without its two optional fields.
                    #expect(sample[0] == UInt8(ascii: "A") && count == 9)
                    continue
                }
                #expect(error.messageType == (count == 0 ? 0 : sample[0]))
                #expect(error.offset <= count)
            }
        }
    }

    @Test func `every message with one byte more is an error`() {
        for sample in PgOutputWriter.samples {
            guard let error = failure(sample + [0]) else {
                Issue.record("accepted")
                continue
            }
            // A StreamAbort takes the byte for the beginning of its optional fields.
            if error.messageType == UInt8(ascii: "A"), sample.count == 9 { continue }
            #expect(error.reason == .trailingBytes(1))
            #expect(error.offset == sample.count)
        }
    }

    @Test func `every unknown type is named`() {
        let known = Set(PgOutputWriter.samples.map { $0[0] })
        #expect(known.count == 19)
        for type in UInt8.min...UInt8.max where !known.contains(type) {
            #expect(failure([type, 1, 2, 3]) == PgOutputError(messageType: type, offset: 0, reason: .unknownType))
        }
    }

    @Test(
        arguments: [
            ([], 0, .empty),
            (PgOutputWriter(type: "I").int32(1).int8(0x4F).int16(0).bytes, 5, .unexpectedByte(0x4F, expected: .newTuple)),
            (PgOutputWriter(type: "I").int32(1).int8(0x4E).int16(-1).bytes, 6, .invalidCount(-1)),
            (PgOutputWriter(type: "I").int32(1).int8(0x4E).int16(0x7FFF).int8(0x6E).bytes, 6, .invalidCount(0x7FFF)),
            (
                PgOutputWriter(type: "I").int32(1).int8(0x4E).int16(1).int8(0x78).bytes, 8,
                .unexpectedByte(0x78, expected: .columnKind)
            ),
            (
                PgOutputWriter(type: "I").int32(1).int8(0x4E).int16(1).int8(0x74).int32(-1).bytes, 13,
                .truncated(needed: -1, available: 0)
            ),
            (
                PgOutputWriter(type: "I").int32(1).int8(0x4E).int16(1).int8(0x74).int32(0x7FFF_FFFF).int8(1).bytes, 13,
                .truncated(needed: 0x7FFF_FFFF, available: 1)
            ),
            (PgOutputWriter(type: "U").int32(1).int8(0x58).bytes, 5, .unexpectedByte(0x58, expected: .keyOldOrNewTuple)),
            (
                PgOutputWriter(type: "U").int32(1).int8(0x4B).int16(0).int8(0x4F).bytes, 8,
                .unexpectedByte(0x4F, expected: .newTuple)
            ),
            (PgOutputWriter(type: "D").int32(1).int8(0x4E).bytes, 5, .unexpectedByte(0x4E, expected: .keyOrOldTuple)),
            (PgOutputWriter(type: "R").int32(1).raw([0xFF, 0]).string("t").int8(0x64).int16(0).bytes, 5, .invalidText),
            (
                PgOutputWriter(type: "R").int32(1).string("").string("t").int8(0x7A).int16(0).bytes, 8,
                .unexpectedByte(0x7A, expected: .replicaIdentity)
            ),
            (PgOutputWriter(type: "R").int32(1).string("").string("t").int8(0x64).int16(2).int8(0).bytes, 9, .invalidCount(2)),
            (PgOutputWriter(type: "T").int32(-5).int8(0).bytes, 1, .invalidCount(-5)),
            (PgOutputWriter(type: "T").int32(0x7FFF_FFFF).int8(0).bytes, 1, .invalidCount(0x7FFF_FFFF)),
            (PgOutputWriter(type: "M").int8(2).bytes, 1, .unexpectedByte(2, expected: .flag)),
            (
                PgOutputWriter(type: "M").int8(1).int64(1).string("").int32(-1).bytes, 15,
                .truncated(needed: -1, available: 0)
            ),
            (PgOutputWriter.begin(finalLSN: 0), 1, .zeroPosition),
            (PgOutputWriter.commit(commitLSN: 1, endLSN: 0), 10, .zeroPosition),
            (PgOutputWriter(type: "C").int8(1).bytes, 1, .unexpectedByte(1, expected: .noFlags)),
        ] as [([UInt8], Int, PgOutputError.Reason)])
    func `what is wrong is named with its place`(bytes: [UInt8], offset: Int, reason: PgOutputError.Reason) {
        #expect(failure(bytes) == PgOutputError(messageType: bytes.first ?? 0, offset: offset, reason: reason))
    }

    @Test func `errors read well`() {
        #expect(failure([0x49, 0])?.description == "pgoutput message 'I', offset 1: 4 bytes needed, 1 available")
        #expect(failure([7])?.description == "pgoutput message byte 7, offset 0: unknown message type")
        #expect(
            failure(PgOutputWriter(type: "D").int32(1).int8(0x4E).bytes)?.description
                == "pgoutput message 'D', offset 5: 'K' or 'O' expected, found byte 78")
    }
}
