internal import ByteCoding

/// `D`: a removed row.
public struct Delete: Sendable {
    /// OID of the table.
    public let relationID: UInt32
    /// Its offsets count from the message's type byte.
    public let old: OldTuple

    init(decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        relationID = try reader.uint32(in: bytes)
        let offset = reader.cursor.offset
        let marker = try reader.uint8(in: bytes)
        guard let old = try OldTuple(marker: marker, decoding: &reader, in: bytes) else {
            throw reader.error(.unexpectedByte(marker, expected: .keyOrOldTuple), at: offset)
        }
        self.old = old
    }
}
