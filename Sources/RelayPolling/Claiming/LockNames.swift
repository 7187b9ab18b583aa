import PostgresClient
import RelayCore

/// The advisory locks that the publishers of one slot name meet on, as SQL expressions. All are held by sessions, so that they end
/// with them. Pure.
///
/// - `owner`, `wish`: see `PublisherLock`.
/// - `publishers`: shared by everybody who polls; the second number is the count of shards, in which all must agree.
/// - `shard`: exclusive for the publisher that owns it.
package struct LockNames: Sendable {
    let owner: String
    let wish: String
    let publishers: String
    let shard: String

    package init(slot: String) {
        let lock = PublisherLock(slot: slot)
        // Two numbers instead of one, so that pg_locks tells the second.
        func group(_ prefix: String) -> String { "hashtext(\(quotedLiteral(prefix + slot)))" }
        owner = lock.owner
        wish = lock.wish
        publishers = group("outbox-relay-publishers:")
        shard = group("outbox-relay-shard:")
    }

    /// Takes the owner's lock, shared, unless somebody wants to stream.
    var share: String {
        """
        SELECT CASE WHEN pg_try_advisory_xact_lock_shared(\(wish)) THEN pg_try_advisory_lock_shared(\(owner)) ELSE false END
        """
    }

    /// Publishers with another count of shards: one row for each such count.
    func otherCounts(than shards: Int) -> String {
        "SELECT DISTINCT objid FROM pg_catalog.pg_locks WHERE \(Self.mine) AND classid = \(publishers)::oid AND objid <> \(shards)"
    }

    /// How many publishers there are, and how many shards are owned by anybody: one row, to be taken from `peers`.
    var peers: String {
        """
        (SELECT count(*) FILTER (WHERE classid = \(publishers)::oid) AS publishers, \
        count(*) FILTER (WHERE classid = \(shard)::oid) AS held FROM pg_catalog.pg_locks WHERE \(Self.mine))
        """
    }

    /// Takes up to `count` free shards; one row for each.
    func take(_ count: Int, of shards: Int, owned: [Int]) -> String {
        let others = owned.isEmpty ? "true" : "s NOT IN (\(owned.map(String.init).joined(separator: ", ")))"
        return """
            SELECT s FROM generate_series(0, \(shards - 1)) AS s \
            WHERE CASE WHEN \(others) THEN pg_try_advisory_lock(\(shard), s) ELSE false END LIMIT \(count)
            """
    }

    func giveUp(_ shards: [Int]) -> String {
        "SELECT pg_advisory_unlock(\(shard), s) FROM unnest(ARRAY[\(shards.map(String.init).joined(separator: ", "))]) AS s"
    }

    /// Advisory locks of two numbers in this database that somebody holds.
    private static let mine = """
        locktype = 'advisory' AND objsubid = 2 AND granted AND \
        database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
        """
}
