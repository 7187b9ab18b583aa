/// Buffers and times.
public struct FlowSettings: Sendable {
    /// Most events on their way to Kafka.
    public let inFlightEvents: Int
    /// Most bytes on their way to Kafka.
    public let inFlightBytes: Int
    /// How long a stop waits for Kafka.
    public let drainTimeoutMilliseconds: Int
    /// Longest time between two confirmations to Postgres.
    public let feedbackIntervalMilliseconds: Int
    /// How long nothing may move before the relay is not ready.
    public let stallTimeoutMilliseconds: Int
}
