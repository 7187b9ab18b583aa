/// Where one header's name and value stand in the bytes of a ``HeaderBlock``.
public struct HeaderRange: Hashable, Sendable {
    public var nameStart: Int
    public var nameCount: Int
    public var valueStart: Int
    /// Bytes of the value; negative for a header without a value (null), which is not the same as an empty one.
    public var valueCount: Int

    @inlinable
    public init(nameStart: Int, nameCount: Int, valueStart: Int, valueCount: Int) {
        self.nameStart = nameStart
        self.nameCount = nameCount
        self.valueStart = valueStart
        self.valueCount = valueCount
    }

    /// From places in the bytes; no value means null.
    @inlinable
    public init(name: Range<Int>, value: Range<Int>?) {
        self.init(
            nameStart: name.lowerBound, nameCount: name.count,
            valueStart: value?.lowerBound ?? 0, valueCount: value?.count ?? -1)
    }
}
