public import ByteCoding

/// `M`: what pg_logical_emit_message wrote.
public struct LogicalMessage: Equatable, Sendable {
    /// Part of a transaction. One that is not comes outside of any, before the transaction that wrote it.
    public let isTransactional: Bool
    /// The position that pg_logical_emit_message returned.
    public let lsn: LSN
    public let prefix: String
    /// The content's place, counted from the message's type byte.
    public let content: Range<Int>

    init(decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        isTransactional = try reader.flag(in: bytes)
        lsn = try reader.lsn(in: bytes)
        prefix = try reader.text(in: bytes)
        let length = Int(try reader.int32(in: bytes))
        content = try reader.range(length, in: bytes)
    }
}
