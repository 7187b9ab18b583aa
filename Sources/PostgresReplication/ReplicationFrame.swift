public import ByteCoding

/// One CopyData payload that a walsender sends (PostgreSQL 18 documentation, 55.4 "Streaming Replication Protocol").
public enum ReplicationFrame: Equatable, Sendable {
    /// `w`: a message of the output plugin, which begins at `payloadOffset`.
    ///
    /// The LSNs of its header are of no use for logical replication: dataStart is the change's own record, and 0/0 for a
    /// Relation. Nothing may be acknowledged from them.
    case data(payloadOffset: Int)
    /// `k`: everything up to `end` was decoded and sent before this. `replyRequested`: answer at once.
    case keepalive(end: LSN, replyRequested: Bool)

    /// Bytes before the payload of a `w` frame: type, start, end, send time.
    static let dataHeaderSize = 25

    /// Reads a frame; trailing bytes after a keepalive are an error as well.
    public static func parse(_ bytes: RawSpan) throws(ReplicationFrameError) -> ReplicationFrame {
        guard bytes.byteCount > 0 else { throw ReplicationFrameError(type: 0, offset: 0, reason: "the frame is empty") }
        var cursor = ByteCursor()
        var type: UInt8 = 0
        do throws(ByteError) {
            type = try cursor.readUInt8(in: bytes)
            switch type {
            case UInt8(ascii: "w"):
                _ = try cursor.readRange(dataHeaderSize - 1, in: bytes)
                guard cursor.remaining(in: bytes) > 0 else { break }
                return .data(payloadOffset: dataHeaderSize)
            case UInt8(ascii: "k"):
                let end = try cursor.readLSN(in: bytes)
                _ = try cursor.readInt64(in: bytes)
                let reply = try cursor.readUInt8(in: bytes)
                guard cursor.remaining(in: bytes) == 0, reply <= 1 else { break }
                return .keepalive(end: end, replyRequested: reply == 1)
            default:
                throw ByteError(needed: 0, available: 0, offset: -1)
            }
        } catch {
            let reason = error.offset < 0 ? "no such frame type" : error.description
            throw ReplicationFrameError(type: type, offset: max(0, error.offset), reason: reason)
        }
        throw ReplicationFrameError(type: type, offset: cursor.offset, reason: "the length does not fit the type")
    }
}

/// The server sent a frame that the protocol does not know; the connection is of no use any more.
public struct ReplicationFrameError: Error, Equatable, Sendable, CustomStringConvertible {
    public let type: UInt8
    /// Bytes from the frame's start.
    public let offset: Int
    public let reason: String

    public var description: String {
        let shown = (33...126).contains(type) ? "'\(Character(Unicode.Scalar(type)))'" : "0x" + String(type, radix: 16)
        return "replication frame \(shown), offset \(offset): \(reason)"
    }
}
