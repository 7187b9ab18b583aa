public import ByteCoding

/// `B`: the first message of a transaction.
public struct Begin: Equatable, Sendable {
    /// Position of the transaction's commit record; never 0/0. It equals `Commit.commitLSN`.
    public let finalLSN: LSN
    /// When it was committed, in microseconds since 2000-01-01 UTC (`PostgresTime`).
    public let commitTime: Int64
    /// The transaction's id.
    public let transactionID: UInt32

    public init(finalLSN: LSN, commitTime: Int64, transactionID: UInt32) {
        self.finalLSN = finalLSN
        self.commitTime = commitTime
        self.transactionID = transactionID
    }

    init(decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        finalLSN = try reader.setLSN(in: bytes)
        commitTime = try reader.int64(in: bytes)
        transactionID = try reader.uint32(in: bytes)
    }
}
