/// A reading position in bytes that somebody else holds.
///
/// Each call is given the bytes, checks its bounds, and moves the position past what it read. Integers are big-endian,
/// as everywhere on the Postgres wire. A read that fails throws and leaves the position where it was; none traps,
/// whatever the bytes are.
public struct ByteCursor: Sendable {
    /// Offset of the next byte to be read.
    public var offset: Int {
        @inlinable get { position }
    }

    @usableFromInline
    var position: Int

    /// Begins at `offset`; a negative one counts as 0.
    @inlinable
    public init(at offset: Int = 0) {
        position = max(0, offset)
    }

    /// Bytes from here to the end of `bytes`; never negative.
    @inlinable
    public func remaining(in bytes: RawSpan) -> Int {
        max(0, bytes.byteCount &- position)
    }

    /// Moves past `count` bytes and returns their range. A negative `count` throws like one that is too large.
    @inlinable
    public mutating func readRange(_ count: Int, in bytes: RawSpan) throws(ByteError) -> Range<Int> {
        let available = remaining(in: bytes)
        guard count >= 0, count <= available else {
            throw ByteError(needed: count, available: available, offset: position)
        }
        let start = position
        position = start &+ count
        return unsafe Range(uncheckedBounds: (start, position))
    }

    /// Reads text up to its NUL terminator and moves past that; the range leaves the terminator out.
    @inlinable
    public mutating func readTerminatedRange(in bytes: RawSpan) throws(ByteError) -> Range<Int> {
        let start = position
        let end = bytes.byteCount
        var index = start
        while index < end {
            if unsafe bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self) == 0 {
                position = index &+ 1
                return unsafe Range(uncheckedBounds: (start, index))
            }
            index &+= 1
        }
        let available = remaining(in: bytes)
        throw ByteError(needed: available &+ 1, available: available, offset: start)
    }

    @inlinable
    public mutating func readUInt8(in bytes: RawSpan) throws(ByteError) -> UInt8 {
        try readInteger(in: bytes)
    }

    @inlinable
    public mutating func readUInt16(in bytes: RawSpan) throws(ByteError) -> UInt16 {
        try readInteger(in: bytes)
    }

    @inlinable
    public mutating func readUInt32(in bytes: RawSpan) throws(ByteError) -> UInt32 {
        try readInteger(in: bytes)
    }

    @inlinable
    public mutating func readUInt64(in bytes: RawSpan) throws(ByteError) -> UInt64 {
        try readInteger(in: bytes)
    }

    @inlinable
    public mutating func readInt16(in bytes: RawSpan) throws(ByteError) -> Int16 {
        try readInteger(in: bytes)
    }

    @inlinable
    public mutating func readInt32(in bytes: RawSpan) throws(ByteError) -> Int32 {
        try readInteger(in: bytes)
    }

    @inlinable
    public mutating func readInt64(in bytes: RawSpan) throws(ByteError) -> Int64 {
        try readInteger(in: bytes)
    }

    @inlinable
    public mutating func readLSN(in bytes: RawSpan) throws(ByteError) -> LSN {
        LSN(rawValue: try readInteger(in: bytes))
    }

    @inlinable
    mutating func readInteger<Integer: FixedWidthInteger & BitwiseCopyable>(
        in bytes: RawSpan
    ) throws(ByteError) -> Integer {
        let size = MemoryLayout<Integer>.size
        let available = remaining(in: bytes)
        guard size <= available else {
            throw ByteError(needed: size, available: available, offset: position)
        }
        let value = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: Integer.self)
        position &+= size
        return Integer(bigEndian: value)
    }
}
