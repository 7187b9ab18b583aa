/// Where a consumer begins to read a partition.
public enum StartPosition: Hashable, Sendable {
    /// The oldest record that is still there.
    case beginning
    /// Behind the newest record at the moment of the call; with read_committed, behind the last finished transaction.
    case end
    /// This offset.
    case offset(Int64)
    /// The oldest record whose timestamp is this or later, in milliseconds since 1970; the end when there is none.
    case time(milliseconds: Int64)
}
