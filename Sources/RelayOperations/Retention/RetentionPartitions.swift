import OutboxModel
import PostgresClient

/// Drops whole partitions of an outbox that is partitioned by the time of the event.
///
/// A partition goes only when its range is over, so that nothing is inserted into it any more, and when every row in it may be
/// removed. That is looked at twice: first without a lock, however long it takes, then under a lock that keeps writers out, within
/// seconds. What cannot be dropped stays, and its rows go one batch at a time like those of any table.
struct RetentionPartitions {
    struct Outcome {
        var rows: Int64 = 0
        var dropped: [String] = []
        /// Why a partition that could go is still there.
        var notes: [String] = []
    }

    struct Partition {
        var name: QualifiedName
        var upperEnd: String
        var isOurs: Bool
    }

    let session: OperatorSession
    let rule: RetentionRule
    let limits: RetentionLimits

    func drop(isStopped: () -> Bool) throws(OperationError) -> Outcome {
        var outcome = Outcome()
        for partition in try ended() where !isStopped() {
            let sql = rule.census(of: partition.name, limits)
            let census = try attempt("looking through \(partition.name)") { () throws(PostgresError) in
                try session.connection.execute(sql, timeoutMilliseconds: 3_600_000)
            }
            guard census.integer(0, 1) == 0 else { continue }
            guard partition.isOurs else {
                outcome.notes.append("\(partition.name.shown) could be dropped, but only its owner may")
                continue
            }
            try drop(partition.name, sql, &outcome)
        }
        return outcome
    }

    /// The partitions that could be dropped now, for a look beforehand.
    func droppable() throws(OperationError) -> [(name: String, rows: Int64)] {
        var found: [(name: String, rows: Int64)] = []
        for partition in try ended() where partition.isOurs {
            let census = try attempt("looking through \(partition.name)") { () throws(PostgresError) in
                try session.connection.execute(rule.census(of: partition.name, limits), timeoutMilliseconds: 3_600_000)
            }
            if census.integer(0, 1) == 0 { found.append((partition.name.shown, census.integer(0, 0) ?? 0)) }
        }
        return found
    }

    private func drop(_ name: QualifiedName, _ census: String, _ outcome: inout Outcome) throws(OperationError) {
        let connection = session.connection
        do throws(PostgresError) {
            let rows: Int64? = try connection.transaction { () throws(PostgresError) in
                try connection.execute("SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '5s'")
                try connection.execute("LOCK TABLE ONLY \(name.quoted) IN SHARE MODE")
                let now = try connection.execute(census)
                guard now.integer(0, 1) == 0 else { return nil }
                try connection.execute("DROP TABLE \(name.quoted)")
                return now.integer(0, 0) ?? 0
            }
            guard let rows else { return }
            outcome.rows += rows
            outcome.dropped.append(name.shown)
        } catch {
            guard connection.isOpen else { throw OperationError("dropping \(name): \(error)") }
            let busy = error.sqlState == .lockNotAvailable || error.sqlState == .queryCanceled
            outcome.notes.append(
                "\(name.shown) could not be dropped" + (busy ? ": others use it; the next run tries again" : ": \(error)"))
        }
    }

    /// Partitions whose range ended before every limit. Only a range over the time of the event is known to be over.
    private func ended() throws(OperationError) -> [Partition] {
        guard let created = rule.createdColumn else { return [] }
        let root = """
            (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            WHERE n.nspname = \(quotedLiteral(rule.table.schema)) AND c.relname = \(quotedLiteral(rule.table.name)))
            """
        let result = try attempt("reading the partitions of \(rule.table)") { () throws(PostgresError) in
            try session.connection.execute(
                """
                SELECT n.nspname, c.relname, pg_catalog.pg_get_expr(c.relpartbound, c.oid), pg_has_role(c.relowner, 'USAGE') \
                FROM pg_catalog.pg_partitioned_table p JOIN pg_catalog.pg_attribute a ON a.attrelid = p.partrelid \
                AND a.attnum = p.partattrs[0] JOIN pg_catalog.pg_inherits i ON i.inhparent = p.partrelid \
                JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                WHERE p.partrelid = \(root) AND p.partstrat = 'r' AND p.partnatts = 1 AND a.attname = \(quotedLiteral(created)) \
                AND a.atttypid = 'timestamptz'::regtype AND c.relkind = 'r' AND NOT i.inhdetachpending ORDER BY c.relname
                """)
        }
        var ended: [Partition] = []
        for row in 0..<result.rowCount {
            guard let end = result.text(row, 2).flatMap({ PartitionBound.upperEnd($0) }) else { continue }
            let name = QualifiedName(schema: result.text(row, 0) ?? "", name: result.text(row, 1) ?? "")
            let earliest = [limits.published, limits.dead].compactMap { $0 }.map { quotedLiteral($0) + "::timestamptz" }
            let isOver = try session.scalar(
                "comparing the end of \(name)",
                "SELECT \(quotedLiteral(end))::timestamptz <= least(\(earliest.joined(separator: ", ")))")
            if isOver == "t" {
                ended.append(Partition(name: name, upperEnd: end, isOurs: result.boolean(row, 3) ?? false))
            }
        }
        return ended
    }
}
