public import ByteCoding

/// `c`: a streamed transaction was committed.
public struct StreamCommit: Equatable, Sendable {
    public let transactionID: UInt32
    public let commitLSN: LSN
    public let endLSN: LSN
    /// Microseconds since 2000-01-01 UTC.
    public let commitTime: Int64

    init(decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        transactionID = try reader.uint32(in: bytes)
        try reader.noFlags(in: bytes)
        commitLSN = try reader.lsn(in: bytes)
        endLSN = try reader.lsn(in: bytes)
        commitTime = try reader.int64(in: bytes)
    }
}
