internal import ByteCoding

/// `S`: a block of changes of a transaction that is still open. The relay never asks for these.
public struct StreamStart: Equatable, Sendable {
    /// The top-level transaction.
    public let transactionID: UInt32
    /// The first block of that transaction.
    public let isFirst: Bool

    init(decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        transactionID = try reader.uint32(in: bytes)
        isFirst = try reader.flag(in: bytes)
    }
}
