public import ByteCoding

/// `O`: the transaction was replicated into this server from another one.
public struct Origin: Equatable, Sendable {
    /// Position of the commit on the server of origin.
    public let commitLSN: LSN
    /// The replication origin's name.
    public let name: String

    init(decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        commitLSN = try reader.lsn(in: bytes)
        name = try reader.text(in: bytes)
    }
}
