/// Which rows the running relay removes, and how.
public struct RetentionSettings: Sendable {
    /// Published rows that are older; nil keeps them.
    public let published: TimeSpan?
    /// Dead rows that are older; nil keeps them.
    public let dead: TimeSpan?
    /// Between the end of one pass and the next.
    public let intervalMilliseconds: Int
    /// Rows looked at in one statement.
    public let batchSize: Int
}
