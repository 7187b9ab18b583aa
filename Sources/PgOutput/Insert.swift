internal import ByteCoding

/// `I`: a new row.
public struct Insert: Sendable {
    /// OID of the table.
    public let relationID: UInt32
    /// The whole row; its offsets count from the message's type byte.
    public let tuple: TupleData

    init(decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        relationID = try reader.uint32(in: bytes)
        let offset = reader.cursor.offset
        let marker = try reader.uint8(in: bytes)
        guard marker == UInt8(ascii: "N") else {
            throw reader.error(.unexpectedByte(marker, expected: .newTuple), at: offset)
        }
        tuple = try TupleData(decoding: &reader, in: bytes)
    }
}
