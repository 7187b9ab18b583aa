internal import ByteCoding

/// Decodes the messages of the pgoutput plugin, protocol version 1.
///
/// Source: PostgreSQL's "Logical Replication Message Formats". The decoder keeps no state; relations are the caller's
/// (`RelationCatalog`). Bytes from the server never trap: every length is checked before it is used, and a message must
/// end with its last field.
public struct PgOutputDecoder: Sendable {
    public init() {}

    /// Decodes one message, `bytes` beginning with its type byte.
    ///
    /// Row values are not copied: their offsets count from that byte. An Insert costs one allocation.
    public func decode(_ bytes: RawSpan) throws(PgOutputError) -> PgOutputMessage {
        guard bytes.byteCount > 0 else { throw PgOutputError(messageType: 0, offset: 0, reason: .empty) }
        let type = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: 0, as: UInt8.self)
        var reader = MessageReader(messageType: type)
        let message: PgOutputMessage =
            switch type {
            case UInt8(ascii: "I"): .insert(try Insert(decoding: &reader, in: bytes))
            case UInt8(ascii: "B"): .begin(try Begin(decoding: &reader, in: bytes))
            case UInt8(ascii: "C"): .commit(try Commit(decoding: &reader, in: bytes))
            default: try Self.decodeRare(type, from: &reader, in: bytes)
            }
        try reader.finish(in: bytes)
        return message
    }

    @inline(never)
    private static func decodeRare(
        _ type: UInt8, from reader: inout MessageReader, in bytes: RawSpan
    ) throws(PgOutputError) -> PgOutputMessage {
        switch type {
        case UInt8(ascii: "R"): .relation(try Relation(decoding: &reader, in: bytes))
        case UInt8(ascii: "Y"): .type(try TypeMessage(decoding: &reader, in: bytes))
        case UInt8(ascii: "O"): .origin(try Origin(decoding: &reader, in: bytes))
        case UInt8(ascii: "U"): .update(try Update(decoding: &reader, in: bytes))
        case UInt8(ascii: "D"): .delete(try Delete(decoding: &reader, in: bytes))
        case UInt8(ascii: "T"): .truncate(try Truncate(decoding: &reader, in: bytes))
        case UInt8(ascii: "M"): .message(try LogicalMessage(decoding: &reader, in: bytes))
        case UInt8(ascii: "S"): .streamStart(try StreamStart(decoding: &reader, in: bytes))
        case UInt8(ascii: "E"): .streamStop(StreamStop())
        case UInt8(ascii: "c"): .streamCommit(try StreamCommit(decoding: &reader, in: bytes))
        case UInt8(ascii: "A"): .streamAbort(try StreamAbort(decoding: &reader, in: bytes))
        case UInt8(ascii: "b"): .beginPrepare(try BeginPrepare(decoding: &reader, in: bytes))
        case UInt8(ascii: "P"): .prepare(try Prepare(decoding: &reader, in: bytes))
        case UInt8(ascii: "K"): .commitPrepared(try CommitPrepared(decoding: &reader, in: bytes))
        case UInt8(ascii: "r"): .rollbackPrepared(try RollbackPrepared(decoding: &reader, in: bytes))
        case UInt8(ascii: "p"): .streamPrepare(try Prepare(decoding: &reader, in: bytes))
        default: throw reader.error(.unknownType, at: 0)
        }
    }
}
