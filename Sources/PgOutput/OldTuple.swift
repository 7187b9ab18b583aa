internal import ByteCoding

/// The old row of an update or a delete.
public enum OldTuple: Sendable {
    /// `K`: the columns of the replica identity; the others are NULL.
    case key(TupleData)
    /// `O`: the whole row (REPLICA IDENTITY FULL).
    case row(TupleData)

    /// `nil` when `marker` announces no old row.
    init?(marker: UInt8, decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        switch marker {
        case UInt8(ascii: "K"): self = .key(try TupleData(decoding: &reader, in: bytes))
        case UInt8(ascii: "O"): self = .row(try TupleData(decoding: &reader, in: bytes))
        default: return nil
        }
    }
}
