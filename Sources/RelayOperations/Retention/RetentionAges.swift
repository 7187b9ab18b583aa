public import Configuration

/// How old rows have to be to be removed; nil keeps them for ever.
public struct RetentionAges: Equatable, Sendable {
    public var published: TimeSpan?
    /// Rows that went to the dead-letter topic.
    public var dead: TimeSpan?

    public init(published: TimeSpan?, dead: TimeSpan? = nil) {
        self.published = published
        self.dead = dead
    }
}
