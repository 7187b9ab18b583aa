import ByteCoding
import Testing

struct ByteBufferTests {
    @Test func `integers are written big-endian`() {
        var buffer = ByteBuffer(minimumCapacity: 1)
        buffer.append(UInt8(1))
        buffer.append(bigEndian: UInt16(0x0203))
        buffer.append(bigEndian: Int32(-2))
        buffer.append(bigEndian: UInt64(0x0405_0607_0809_0A0B))
        let bytes = buffer.copyBytes()
        #expect(bytes == [1, 2, 3, 0xFF, 0xFF, 0xFF, 0xFE, 4, 5, 6, 7, 8, 9, 10, 11])
    }

    @Test func `what is appended stays through every growth`() {
        var buffer = ByteBuffer(minimumCapacity: 1)
        var expected: [UInt8] = []
        for length in 0..<300 {
            let run = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ length) }
            buffer.append(contentsOf: run.span.bytes)
            expected += run
        }
        let count = buffer.count
        #expect(count == expected.count)
        let bytes = buffer.copyBytes()
        #expect(bytes == expected)
    }

    @Test func `every kind of text and bytes can be appended`() {
        var buffer = ByteBuffer()
        buffer.append("static" as StaticString)
        buffer.append(String("€ text"))
        buffer.append(decimal: -42)
        let digits = Array("0123456789".utf8)
        buffer.append(contentsOf: digits)
        buffer.append(contentsOf: digits.span.bytes, in: 3..<6)
        var other = ByteBuffer()
        other.append(UInt8(ascii: "!"))
        buffer.append(contentsOf: other)
        let text = buffer.withBytes { $0.text(in: 0..<$0.byteCount) }
        #expect(text == "static€ text-420123456789345!")
    }

    @Test func `emptying keeps the memory or gives it back`() {
        var buffer = ByteBuffer()
        buffer.append(contentsOf: [UInt8](repeating: 1, count: 10_000))
        buffer.truncate(to: 20_000)
        let full = buffer.count
        #expect(full == 10_000)
        buffer.truncate(to: 3)
        let rest = buffer.copyBytes()
        #expect(rest == [1, 1, 1])
        buffer.removeAll(keepingCapacity: true)
        let isEmpty = buffer.isEmpty
        #expect(isEmpty)
        let kept = buffer.capacity
        #expect(kept >= 10_000)
        buffer.removeAll(keepingCapacity: false)
        let capacity = buffer.capacity
        #expect(capacity == 256)
    }
}
