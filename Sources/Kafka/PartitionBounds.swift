/// What a partition holds.
public struct PartitionBounds: Hashable, Sendable {
    public let partition: Int32
    /// Offset of the oldest record that is still there; above 0 once records were deleted.
    public let start: Int64
    /// Offset behind the last readable record.
    public let end: Int64

    public init(partition: Int32, start: Int64, end: Int64) {
        self.partition = partition
        self.start = start
        self.end = end
    }
}
