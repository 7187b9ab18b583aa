public import ByteCoding

/// `A`: a streamed transaction, or one of its subtransactions, was rolled back.
public struct StreamAbort: Equatable, Sendable {
    /// The top-level transaction.
    public let transactionID: UInt32
    /// The one rolled back; equal to the top-level one when that was.
    public let subtransactionID: UInt32
    /// Sent with streaming=parallel (protocol version 4) only.
    public let abortLSN: LSN?
    /// Microseconds since 2000-01-01 UTC; sent with `abortLSN`.
    public let abortTime: Int64?

    init(decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        transactionID = try reader.uint32(in: bytes)
        subtransactionID = try reader.uint32(in: bytes)
        if reader.cursor.remaining(in: bytes) > 0 {
            abortLSN = try reader.lsn(in: bytes)
            abortTime = try reader.int64(in: bytes)
        } else {
            abortLSN = nil
            abortTime = nil
        }
    }
}
