public import ByteCoding

/// `P`, and `p` for a streamed transaction: PREPARE TRANSACTION. Only with two_phase, which the relay leaves off.
public struct Prepare: Equatable, Sendable {
    public let prepareLSN: LSN
    public let endLSN: LSN
    /// Microseconds since 2000-01-01 UTC.
    public let prepareTime: Int64
    public let transactionID: UInt32
    /// The name given to PREPARE TRANSACTION.
    public let globalID: String

    init(decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        try reader.noFlags(in: bytes)
        prepareLSN = try reader.lsn(in: bytes)
        endLSN = try reader.lsn(in: bytes)
        prepareTime = try reader.int64(in: bytes)
        transactionID = try reader.uint32(in: bytes)
        globalID = try reader.text(in: bytes)
    }
}
