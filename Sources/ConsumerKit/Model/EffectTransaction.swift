public import PostgresClient

/// The open transaction in which a batch takes effect. Lent to a consumer for the length of `apply`, on its thread.
public final class EffectTransaction {
    private let connection: Connection
    private let statementTimeoutMilliseconds: Int64
    public private(set) var rejected: [RejectedEvent] = []
    public private(set) var messages: [OutboxMessage] = []

    /// `connection` has begun a transaction, which the caller ends.
    public init(_ connection: Connection, statementTimeoutMilliseconds: Int64 = 30_000) {
        self.connection = connection
        self.statementTimeoutMilliseconds = statementTimeoutMilliseconds
    }

    @discardableResult
    public func execute(_ sql: String, _ parameters: [QueryParameter] = []) throws(EffectError) -> QueryResult {
        do throws(PostgresError) {
            return try connection.execute(sql, parameters, timeoutMilliseconds: statementTimeoutMilliseconds)
        } catch { throw EffectError(error) }
    }

    /// Refuses one event, for which nothing has been done, for good: it becomes a dead letter while the rest of the batch is applied.
    public func reject(_ event: ConsumedEvent, _ reason: String) {
        rejected.append(RejectedEvent(event: event, reason: reason))
    }

    /// The same for several.
    public func reject(_ events: [RejectedEvent]) { rejected += events }

    /// Writes an event to the outbox when the transaction commits.
    public func publish(_ message: OutboxMessage) {
        messages.append(message)
    }
}
