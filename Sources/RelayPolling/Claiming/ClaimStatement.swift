import OutboxModel
import PostgresClient

/// The one query of a round: looks whether a relay wants to stream, and claims the next rows. Pure.
///
/// A row is claimed when it is PENDING, or FAILED and due, or PROCESSING and abandoned, belongs to an own shard, and no row of its key
/// is held back elsewhere. Nothing may overtake an unpublished row of its key (promise P2), so a key is left out altogether while
/// - one of its rows is FAILED and not due, or claimed by somebody who may be alive (`blocked`);
/// - an earlier candidate of it is locked by another session, or changed while we looked (`skipped`).
///
/// Candidates are chosen without locking and locked afterwards, because SKIP LOCKED alone does not tell what it skipped. They are
/// found again by their ctid: an updated version is followed from there and compared with what was seen.
package struct ClaimStatement: Sendable {
    /// Columns of the result before the row's own; the dot keeps them apart from a table's.
    enum Head: String, CaseIterable {
        /// Whether nobody wants to stream; otherwise nothing was claimed.
        case free = "relay.free"
        /// Rows that could have been claimed, up to the limit.
        case candidates = "relay.candidates"
        /// Rows that hold back their keys.
        case blocked = "relay.blocked"
        /// Publishers and owned shards; null when not asked for.
        case publishers = "relay.publishers"
        case held = "relay.held"
        /// Unpublished rows; null when not asked for.
        case pending = "relay.pending"
        /// created_at in Unix µs; null when unknown.
        case time = "relay.time"
        /// Null when the row is absent: nothing was claimed.
        case place = "relay.place"
    }

    /// What a round asks for.
    package struct Request: Sendable {
        /// Most rows.
        package var limit: Int
        /// The claim ends with the row that exceeds this many bytes of payload.
        package var bytes: Int
        /// Own shards; nil for all.
        package var shards: [Int]?
        /// Those of them whose former owner has had the time to notice; nil for all.
        package var settled: [Int]?
        package var asksPeers: Bool
        package var asksPending: Bool

        package init(limit: Int, bytes: Int, shards: [Int]?, settled: [Int]?, asksPeers: Bool, asksPending: Bool) {
            self.limit = limit
            self.bytes = bytes
            self.shards = shards
            self.settled = settled
            self.asksPeers = asksPeers
            self.asksPending = asksPending
        }
    }

    private let table: PollingTable
    private let locks: LockNames
    private let worker: WorkerName
    private let shardCount: Int
    private let leaseMilliseconds: Int64
    private let pending: String

    package init(
        table: PollingTable, locks: LockNames, worker: WorkerName, shardCount: Int, leaseMilliseconds: Int64, pending: String
    ) {
        self.table = table
        self.locks = locks
        self.worker = worker
        self.shardCount = shardCount
        self.leaseMilliseconds = leaseMilliseconds
        self.pending = pending
    }

    package func sql(_ request: Request) -> String {
        let peers = request.asksPeers ? " CROSS JOIN \(locks.peers) AS p" : ""
        let columns = table.eventColumns.map { "u." + quotedIdentifier($0) }.joined(separator: ", ")
        return """
            WITH wish AS MATERIALIZED (SELECT pg_try_advisory_xact_lock_shared(\(locks.wish)) AS free), \
            blocked AS MATERIALIZED (\(blocked(request))), \
            candidates AS MATERIALIZED (\(candidates(request))), \
            locked AS MATERIALIZED (\(locked)), \
            skipped AS MATERIALIZED (SELECT c.key, min(c.place) AS place FROM candidates AS c \
            LEFT JOIN locked AS l ON l.tid = c.tid AND l.part = c.part WHERE l.tid IS NULL GROUP BY c.key), \
            picked AS MATERIALIZED (\(picked(request))), \
            updated AS (\(update)) \
            SELECT w.free AS \(name(.free)), (SELECT count(*) FROM candidates) AS \(name(.candidates)), \
            (SELECT count(*) FROM blocked) AS \(name(.blocked)), \
            \(request.asksPeers ? "p.publishers" : "NULL") AS \(name(.publishers)), \
            \(request.asksPeers ? "p.held" : "NULL") AS \(name(.held)), \
            \(request.asksPending ? "(\(pending))" : "NULL") AS \(name(.pending)), \
            u.\(name(.time)), u.\(name(.place)), \(columns) \
            FROM wish AS w\(peers) LEFT JOIN updated AS u ON true ORDER BY u.\(name(.place)), u.\(quotedIdentifier("relay.tid"))
            """
    }

    private func name(_ head: Head) -> String { quotedIdentifier(head.rawValue) }

    // MARK: Conditions

    /// " AND the row is in one of the shards"; nothing for all of them.
    private func within(_ shards: [Int]?) -> String {
        guard let shards else { return "" }
        return " AND " + isIn(shards)
    }

    private func isIn(_ shards: [Int]) -> String {
        guard !shards.isEmpty else { return "false" }
        // The sign bit is masked: abs() has no answer for the smallest number.
        return "(hashtextextended(\(table.key), 0) & 9223372036854775807) % \(shardCount) "
            + "IN (\(shards.map(String.init).joined(separator: ", ")))"
    }

    /// A claim that is nobody's any more. One of ours is: its publisher would hold the shard's lock. One of another program is when
    /// its lease has run out, also without a name or a time.
    private func isAbandoned(_ request: Request) -> String {
        let settled = request.settled.map { isIn($0) } ?? "true"
        let time = table.column(.lockedAt)
        return "CASE WHEN starts_with(\(lockedBy), \(quotedLiteral(worker.prefix))) THEN \(settled) "
            + "ELSE \(time) IS NULL OR \(time) < now() - interval '\(leaseMilliseconds) milliseconds' END"
    }

    private var lockedBy: String { "coalesce(\(table.column(.lockedBy))::text, '')" }

    private var isForeign: String { "\(lockedBy) <> \(quotedLiteral(worker.name))" }

    // MARK: Parts

    private func blocked(_ request: Request) -> String {
        let status = table.column(.status)
        let own = within(request.shards)
        return "SELECT \(table.key) AS key FROM \(table.source) "
            + "WHERE \(status) = 'FAILED' AND \(table.column(.nextAttemptAt)) > now()\(own) "
            + "UNION ALL SELECT \(table.key) FROM \(table.source) "
            + "WHERE \(status) = 'PROCESSING' AND \(isForeign) AND NOT (\(isAbandoned(request)))\(own)"
    }

    private func candidates(_ request: Request) -> String {
        let status = table.column(.status)
        let next = table.column(.nextAttemptAt)
        let select = """
            SELECT t.ctid AS tid, t.tableoid AS part, \(table.place) AS place, \(table.key) AS key, \(status)::text AS status, \
            \(lockedBy) AS holder FROM \(table.source) WHERE
            """
        let order = table.isOrderExact ? "ORDER BY place" : "ORDER BY place, tid"
        let rest =
            " AND \(table.column(.id)) IS NOT NULL\(within(request.shards)) AND \(table.key) NOT IN (SELECT b.key FROM blocked AS b) "
            + "AND (SELECT w.free FROM wish AS w) \(order) LIMIT \(request.limit)"
        return "SELECT * FROM ((\(select) \(status) IN ('PENDING', 'FAILED') "
            + "AND (\(status) = 'PENDING' OR \(next) IS NULL OR \(next) <= now())\(rest)) "
            + "UNION ALL (\(select) \(status) = 'PROCESSING' AND \(isForeign) AND \(isAbandoned(request))\(rest))) AS c "
            + "\(order) LIMIT \(request.limit)"
    }

    /// The size is counted without unpacking what the server keeps as it is.
    private var locked: String {
        let payload = table.column(.payload)
        return """
            SELECT c.tid, c.part, c.place, c.key, coalesce(CASE WHEN pg_column_compression(\(payload)) IS NULL \
            THEN pg_column_size(\(payload)) ELSE octet_length(\(payload)::text) END, 0) AS size \
            FROM candidates AS c JOIN \(table.source) ON t.ctid = c.tid AND t.tableoid = c.part \
            WHERE \(table.column(.status))::text = c.status AND \(lockedBy) = c.holder FOR UPDATE OF t SKIP LOCKED
            """
    }

    private func picked(_ request: Request) -> String {
        """
        SELECT l.tid, l.part, l.place FROM (SELECT k.*, \
        sum(k.size) OVER (ORDER BY k.place, k.tid ROWS UNBOUNDED PRECEDING) - k.size AS before FROM locked AS k) AS l \
        WHERE l.before < \(request.bytes) AND NOT EXISTS \
        (SELECT FROM skipped AS s WHERE s.key = l.key AND s.place \(table.isOrderExact ? "<" : "<=") l.place)
        """
    }

    private var update: String {
        let columns = table.eventColumns.map { "t." + quotedIdentifier($0) }.joined(separator: ", ")
        let time = table.hasTime ? "(extract(epoch FROM \(table.column(.createdAt))) * 1000000)::bigint" : "NULL::bigint"
        return """
            UPDATE \(table.source) SET \(table.bare(.status)) = 'PROCESSING', \(table.bare(.lockedAt)) = now(), \
            \(table.bare(.lockedBy)) = \(quotedLiteral(worker.name)) FROM picked AS p \
            WHERE t.ctid = p.tid AND t.tableoid = p.part \
            RETURNING \(columns), \(time) AS \(name(.time)), p.place AS \(name(.place)), p.tid AS \(quotedIdentifier("relay.tid"))
            """
    }
}
