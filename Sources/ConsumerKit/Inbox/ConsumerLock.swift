internal import PostgresClient

/// The advisory lock of a consumer: transactions that apply its events share it, and commands that change its epoch, its dead letters
/// or what is parked take it alone. Held by transactions. Pure.
public struct ConsumerLock: Sendable {
    private let number: String

    public init(consumer: String) {
        // hashtextextended gives the same number on every server of a version and needs no table of numbers.
        number = "hashtextextended(\(quotedLiteral("outbox-consumer:" + consumer)), 0)"
    }

    /// A statement; waits for a command that holds it alone.
    public var shared: String { "SELECT pg_advisory_xact_lock_shared(\(number))" }

    /// A statement; waits until every transaction that shares it has ended.
    public var exclusive: String { "SELECT pg_advisory_xact_lock(\(number))" }
}
