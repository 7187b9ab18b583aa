public import ByteCoding

/// `C`: the last message of a transaction.
public struct Commit: Equatable, Sendable {
    /// Position of the commit record.
    public let commitLSN: LSN
    /// Position behind the transaction; confirming it confirms the transaction. Never 0/0.
    public let endLSN: LSN
    /// When it was committed, in microseconds since 2000-01-01 UTC (`PostgresTime`).
    public let commitTime: Int64

    public init(commitLSN: LSN, endLSN: LSN, commitTime: Int64) {
        self.commitLSN = commitLSN
        self.endLSN = endLSN
        self.commitTime = commitTime
    }

    init(decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        try reader.noFlags(in: bytes)
        commitLSN = try reader.lsn(in: bytes)
        endLSN = try reader.setLSN(in: bytes)
        commitTime = try reader.int64(in: bytes)
    }
}
