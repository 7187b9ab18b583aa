internal import ByteCoding

/// `T`: tables emptied by one TRUNCATE.
public struct Truncate: Equatable, Sendable {
    /// OIDs of the tables.
    public let relationIDs: [UInt32]
    public let cascades: Bool
    public let restartsIdentity: Bool

    init(decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        let countOffset = reader.cursor.offset
        let count = Int(try reader.int32(in: bytes))
        let options = try reader.uint8(in: bytes)
        guard count >= 0, count <= reader.cursor.remaining(in: bytes) / 4 else {
            throw reader.error(.invalidCount(count), at: countOffset)
        }
        var relationIDs: [UInt32] = []
        relationIDs.reserveCapacity(count)
        for _ in 0..<count {
            relationIDs.append(try reader.uint32(in: bytes))
        }
        self.relationIDs = relationIDs
        cascades = options & 1 != 0
        restartsIdentity = options & 2 != 0
    }
}
