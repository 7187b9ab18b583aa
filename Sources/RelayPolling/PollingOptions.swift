/// How the polling mode polls.
public struct PollingOptions: Sendable, Equatable {
    /// Time between two looks at the table while nothing happens, in ms.
    public var intervalMilliseconds: Int64
    /// Most rows of one claim.
    public var batchSize: Int
    /// Parts that the keys are spread over; the same for every publisher of a slot name.
    public var shards: Int
    /// Refusals by a broker after which an event is dead.
    public var maxAttempts: Int
    /// A claim of another program is taken over, and a session of ours that says nothing is ended, after this long, in ms.
    public var leaseMilliseconds: Int64

    public init(
        intervalMilliseconds: Int64 = 1_000, batchSize: Int = 500, shards: Int = 8, maxAttempts: Int = 10,
        leaseMilliseconds: Int64 = 30_000
    ) {
        self.intervalMilliseconds = intervalMilliseconds
        self.batchSize = batchSize
        self.shards = shards
        self.maxAttempts = maxAttempts
        self.leaseMilliseconds = leaseMilliseconds
    }
}
