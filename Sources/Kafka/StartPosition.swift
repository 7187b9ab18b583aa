/// Where a consumer begins to read a partition.
public enum StartPosition: Hashable, Sendable {
    /// The oldest record that is still there.
    case beginning
    /// Behind the newest record at the moment of the call; with read_committed, behind the last finished transaction.
    case end
    /// This offset.
    case offset(Int64)
}
