import ByteCoding
import Testing

struct ByteCursorTests {
    let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

    @Test func `integers are big-endian`() throws {
        var cursor = ByteCursor()
        #expect(try cursor.readUInt8(in: bytes.span.bytes) == 1)
        #expect(try cursor.readUInt16(in: bytes.span.bytes) == 0x0203)
        #expect(try cursor.readInt32(in: bytes.span.bytes) == 0x0405_0607)
        #expect(cursor.offset == 7)
        cursor = ByteCursor(at: 1)
        #expect(try cursor.readLSN(in: bytes.span.bytes) == LSN(rawValue: 0x0203_0405_0607_0809))
        let ones: [UInt8] = Array(repeating: 0xFF, count: 8)
        cursor = ByteCursor()
        #expect(try cursor.readInt64(in: ones.span.bytes) == -1)
        cursor = ByteCursor()
        #expect(try cursor.readInt16(in: ones.span.bytes) == -1)
        #expect(try cursor.readUInt32(in: ones.span.bytes) == .max)
        cursor = ByteCursor()
        #expect(try cursor.readUInt64(in: ones.span.bytes) == .max)
    }

    @Test(arguments: 0...12)
    func `a read past the end says how much was missing and moves nothing`(start: Int) {
        var cursor = ByteCursor(at: start)
        let available = max(0, 10 - start)
        for (size, read) in Self.reads where size > available {
            #expect(throws: ByteError(needed: size, available: available, offset: start)) {
                try read(&cursor, bytes)
            }
            #expect(cursor.offset == start)
        }
    }

    private static let reads: [(Int, @Sendable (inout ByteCursor, [UInt8]) throws -> Void)] = [
        (1, { _ = try $0.readUInt8(in: $1.span.bytes) }), (2, { _ = try $0.readInt16(in: $1.span.bytes) }),
        (4, { _ = try $0.readUInt32(in: $1.span.bytes) }), (8, { _ = try $0.readInt64(in: $1.span.bytes) }),
        (9, { _ = try $0.readRange(9, in: $1.span.bytes) }),
    ]

    @Test(arguments: [-1, Int.min, 11, Int.max])
    func `impossible lengths are refused`(count: Int) {
        var cursor = ByteCursor()
        #expect(throws: ByteError(needed: count, available: 10, offset: 0)) {
            try cursor.readRange(count, in: bytes.span.bytes)
        }
    }

    @Test func `terminated text leaves its terminator out`() throws {
        let text: [UInt8] = [65, 66, 0, 0, 67]
        var cursor = ByteCursor()
        #expect(try cursor.readTerminatedRange(in: text.span.bytes) == 0..<2)
        #expect(try cursor.readTerminatedRange(in: text.span.bytes) == 3..<3)
        #expect(throws: ByteError(needed: 2, available: 1, offset: 4)) {
            try cursor.readTerminatedRange(in: text.span.bytes)
        }
        #expect(cursor.offset == 4)
    }

    @Test func `a negative start counts as zero`() {
        #expect(ByteCursor(at: -5).offset == 0)
    }

    @Test func `text is UTF-8 or nothing`() {
        let text = Array("aé".utf8)
        #expect(text.span.bytes.text(in: 0..<3) == "aé")
        #expect(text.span.bytes.text(in: 0..<2) == nil)
        #expect(text.span.bytes.text(in: 1..<1) == "")
        #expect(text.span.bytes.text(in: 0..<4) == nil)
    }
}
