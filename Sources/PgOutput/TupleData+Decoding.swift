internal import ByteCoding

extension TupleData {
    /// TupleData: Int16 columns, then per column a kind byte and, for `t` and `b`, an Int32 length and the bytes.
    ///
    /// The one allocation of an Insert: the count is checked first against the bytes left, at least one a column.
    init(decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        let countOffset = reader.cursor.offset
        let count = Int(try reader.int16(in: bytes))
        guard count >= 0, count <= reader.cursor.remaining(in: bytes) else {
            throw reader.error(.invalidCount(count), at: countOffset)
        }
        var cursor = reader.cursor
        var fields: [Field] = []
        fields.reserveCapacity(count)
        for _ in 0..<count {
            fields.append(try Self.decodeField(at: &cursor, in: bytes, of: reader))
        }
        reader.cursor = cursor
        self.init(fields: fields)
    }

    @inline(__always)
    private static func decodeField(
        at cursor: inout ByteCursor, in bytes: RawSpan, of reader: MessageReader
    ) throws(PgOutputError) -> Field {
        let offset = cursor.offset
        let marker: UInt8
        do { marker = try cursor.readUInt8(in: bytes) } catch { throw reader.error(error) }
        let kind: Kind
        switch marker {
        case UInt8(ascii: "t"): kind = .text
        case UInt8(ascii: "n"): return Field(kind: .null)
        case UInt8(ascii: "b"): kind = .binary
        case UInt8(ascii: "u"): return Field(kind: .unchanged)
        default: throw reader.error(.unexpectedByte(marker, expected: .columnKind), at: offset)
        }
        do {
            let length = Int(try cursor.readInt32(in: bytes))
            let range = try cursor.readRange(length, in: bytes)
            return Field(kind: kind, start: range.lowerBound, count: length)
        } catch {
            throw reader.error(error)
        }
    }
}
