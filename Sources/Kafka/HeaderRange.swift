/// Where one header's name and value stand in the bytes of a ``HeaderBlock``. Four machine words, in this order, so that an array
/// of any struct of the same layout can be read in place as an array of these.
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
}
