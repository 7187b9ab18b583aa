/// How the polling mode polls (`mode=polling`).
public struct PollingSettings: Sendable {
    /// Time between two looks at the table.
    public let intervalMilliseconds: Int
    /// Most rows of one claim.
    public let batchSize: Int
    /// Parts that the keys are spread over.
    public let shards: Int
    /// Refusals after which an event is dead.
    public let maxAttempts: Int
    /// After this time a silent publisher's claim is taken over.
    public let leaseMilliseconds: Int
}
