/// A read went past the end of its bytes.
public struct ByteError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Bytes the read wanted. For a text without its NUL terminator this is one more than were there.
    public let needed: Int
    /// Bytes that were left.
    public let available: Int
    /// Where the read began, counted from the start of the bytes.
    public let offset: Int

    @inlinable
    public init(needed: Int, available: Int, offset: Int) {
        self.needed = needed
        self.available = available
        self.offset = offset
    }

    public var description: String {
        "\(needed) bytes needed at offset \(offset), \(available) available"
    }
}
