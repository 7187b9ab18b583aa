internal import ByteCoding

/// `U`: a changed row.
public struct Update: Sendable {
    /// OID of the table.
    public let relationID: UInt32
    /// Present when the replica identity changed or is FULL.
    public let old: OldTuple?
    /// The new row; its offsets count from the message's type byte.
    public let new: TupleData

    init(decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        relationID = try reader.uint32(in: bytes)
        var offset = reader.cursor.offset
        var marker = try reader.uint8(in: bytes)
        var expected = PgOutputError.Expected.keyOldOrNewTuple
        old = try OldTuple(marker: marker, decoding: &reader, in: bytes)
        if old != nil {
            offset = reader.cursor.offset
            marker = try reader.uint8(in: bytes)
            expected = .newTuple
        }
        guard marker == UInt8(ascii: "N") else {
            throw reader.error(.unexpectedByte(marker, expected: expected), at: offset)
        }
        new = try TupleData(decoding: &reader, in: bytes)
    }
}
