/// What `verify` is told.
public struct VerificationOptions: Sendable {
    /// Of the rows' created_at.
    public var range: TimeRange
    /// Only rows and records of this topic.
    public var topic: String?
    /// Where nothing tells whether a row is published, one older than this should be; µs.
    public var lag: Int64
    /// Two transactions of one key that are further apart cannot have overlapped; µs.
    public var longestTransaction: Int64
    /// Every arrival against seq counts as wrong.
    public var isOrderStrict: Bool
    public var allowsDuplicates: Bool
    /// Bytes that the process may take, roughly.
    public var memory: Int
    /// Where every finding goes, one JSON document a line; nil for nowhere.
    public var file: String?

    public init(
        range: TimeRange = TimeRange(), topic: String? = nil, lag: Int64 = 60_000_000, longestTransaction: Int64 = 60_000_000,
        isOrderStrict: Bool = false, allowsDuplicates: Bool = false, memory: Int = 200 << 20, file: String? = nil
    ) {
        self.range = range
        self.topic = topic
        self.lag = lag
        self.longestTransaction = longestTransaction
        self.isOrderStrict = isOrderStrict
        self.allowsDuplicates = allowsDuplicates
        self.memory = memory
        self.file = file
    }
}
