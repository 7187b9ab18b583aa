public import ByteCoding

/// `r`: ROLLBACK PREPARED. Only with two_phase, which the relay leaves off.
public struct RollbackPrepared: Equatable, Sendable {
    public let prepareEndLSN: LSN
    public let rollbackEndLSN: LSN
    /// Microseconds since 2000-01-01 UTC.
    public let prepareTime: Int64
    /// Microseconds since 2000-01-01 UTC.
    public let rollbackTime: Int64
    public let transactionID: UInt32
    /// The name given to PREPARE TRANSACTION.
    public let globalID: String

    init(decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        try reader.noFlags(in: bytes)
        prepareEndLSN = try reader.lsn(in: bytes)
        rollbackEndLSN = try reader.lsn(in: bytes)
        prepareTime = try reader.int64(in: bytes)
        rollbackTime = try reader.int64(in: bytes)
        transactionID = try reader.uint32(in: bytes)
        globalID = try reader.text(in: bytes)
    }
}
