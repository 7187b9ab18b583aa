public import ByteCoding

/// `r`: what we tell the walsender about our progress. Each position is the last byte plus one.
///
/// Only `flush` moves the slot, and the server checks no upper bound: a position that was never sent would silently skip
/// every event below it (protocol.md 1.4). `flush` of 0/0 means "no change".
public struct StandbyStatusUpdate: Equatable, Sendable {
    public var write: LSN
    public var flush: LSN
    public var apply: LSN
    /// Asks the server for a keepalive at once: a proof that it is alive when the stream is silent.
    public var replyRequested: Bool

    public init(write: LSN, flush: LSN, apply: LSN, replyRequested: Bool) {
        self.write = write
        self.flush = flush
        self.apply = apply
        self.replyRequested = replyRequested
    }

    /// Bytes of an encoded update.
    public static let encodedSize = 34

    /// - Parameter clientTime: microseconds since 2000-01-01 UTC.
    public func encode(clientTime: Int64, into buffer: inout ByteBuffer) {
        buffer.append(UInt8(ascii: "r"))
        buffer.append(bigEndian: write.rawValue)
        buffer.append(bigEndian: flush.rawValue)
        buffer.append(bigEndian: apply.rawValue)
        buffer.append(bigEndian: clientTime)
        buffer.append(replyRequested ? 1 : 0)
    }
}
