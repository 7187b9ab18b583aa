/// A message that is not a valid pgoutput message of protocol version 1.
///
/// It holds no bytes of a row, so it may be logged as it is.
public struct PgOutputError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong at the offset.
    public enum Reason: Equatable, Sendable {
        /// The message has no bytes, not even a type.
        case empty
        /// The type byte is none of pgoutput's.
        case unknownType
        /// A field wants more bytes than are left. `needed` is the length as announced; it may be negative.
        case truncated(needed: Int, available: Int)
        /// A marker byte is not one of those allowed here.
        case unexpectedByte(UInt8, expected: Expected)
        /// A count of columns or relations below zero, or larger than the bytes left could hold.
        case invalidCount(Int)
        /// A name is not UTF-8.
        case invalidText
        /// A position that must be set is 0/0.
        case zeroPosition
        /// The message goes on after its last field.
        case trailingBytes(Int)
    }

    /// Which marker was expected.
    public enum Expected: String, Equatable, Sendable {
        case newTuple = "'N'"
        case keyOrOldTuple = "'K' or 'O'"
        case keyOldOrNewTuple = "'K', 'O' or 'N'"
        case columnKind = "a column kind ('n', 'u', 't' or 'b')"
        case replicaIdentity = "a replica identity ('d', 'n', 'f' or 'i')"
        case noFlags = "no flags"
        case flag = "0 or 1"
    }

    /// The message's first byte; 0 when there is none.
    public let messageType: UInt8
    /// Where the offending field begins, in bytes from the message's first byte.
    public let offset: Int
    public let reason: Reason

    public init(messageType: UInt8, offset: Int, reason: Reason) {
        self.messageType = messageType
        self.offset = offset
        self.reason = reason
    }

    public var description: String {
        let problem =
            switch reason {
            case .empty: "the message is empty"
            case .unknownType: "unknown message type"
            case .truncated(let needed, let available): "\(needed) bytes needed, \(available) available"
            case .unexpectedByte(let byte, let expected): "\(expected.rawValue) expected, found byte \(byte)"
            case .invalidCount(let count): "impossible count \(count)"
            case .invalidText: "the name is not UTF-8"
            case .zeroPosition: "the position is 0/0"
            case .trailingBytes(let count): "\(count) bytes after the end of the message"
            }
        return "pgoutput message \(Self.name(of: messageType)), offset \(offset): \(problem)"
    }

    private static func name(of type: UInt8) -> String {
        (0x21...0x7E).contains(type) ? "'\(Character(UnicodeScalar(type)))'" : "byte \(type)"
    }
}
