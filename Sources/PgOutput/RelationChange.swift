/// What a Relation message brought.
public enum RelationChange: Equatable, Sendable {
    /// The session's first message about this table.
    case new
    /// Nothing differs: Postgres repeats itself after ANALYZE and the like.
    case same
    /// The definition differs from `previous`.
    case changed(previous: Relation)
}
