package import PostgresClient
import ServiceRuntime

/// Who may publish the slot's events (promise P4): one stream, or any number of polling publishers, never both.
///
/// Advisory locks of the database, named by the slot: they end with their session, so a dead owner never has to be waited for.
/// The stream holds `owner` exclusively on its walsender's session for as long as that lives, polling publishers share it. A
/// stream that wants to begin holds `wish` while it waits; polling publishers look at it in every round and leave.
package struct PublisherLock: Sendable {
    /// The locks' keys, as SQL expressions.
    package let owner: String
    package let wish: String

    package init(slot: String) {
        owner = "hashtextextended(\(quotedLiteral("outbox-relay:" + slot)), 0)"
        wish = "hashtextextended(\(quotedLiteral("outbox-relay-wish:" + slot)), 0)"
    }

    /// For the stream: true when nobody else publishes, now and until the session ends.
    package func tryExclusive(_ connection: Connection) throws(PostgresError) -> Bool {
        try connection.execute("SELECT pg_try_advisory_lock(\(owner))").boolean(0, 0) == true
    }

    /// Asks polling publishers to leave, until `withdrawWish` or the session's end.
    package func announceWish(_ connection: Connection) throws(PostgresError) {
        try connection.execute("SELECT pg_try_advisory_lock(\(wish))")
    }

    package func withdrawWish(_ connection: Connection) throws(PostgresError) {
        try connection.execute("SELECT pg_advisory_unlock(\(wish))")
    }

    /// Whether a stream holds the lock. Asked by sharing it for the length of a statement.
    package func isStreamOwner(_ connection: Connection) throws(PostgresError) -> Bool {
        try connection.execute("SELECT pg_try_advisory_xact_lock_shared(\(owner))").boolean(0, 0) != true
    }
}
