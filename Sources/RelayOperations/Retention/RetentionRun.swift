import Configuration
import OutboxModel
import PostgresClient
import RelayCore
import ServiceRuntime

/// One pass over the table: partitions first, then rows in small batches with pauses between them.
///
/// Every batch is a statement and a transaction of its own, ends or waits for a lock within seconds, and is followed by a pause as
/// long as itself, so that the database spends at most half of one process's time on it. Interrupted between batches, what was
/// removed stays removed. An advisory lock keeps a second one out, on whatever machine.
struct RetentionRun {
    struct Outcome {
        var rows: Int64 = 0
        var partitions: [String] = []
        var notes: [String] = []
        var isInterrupted = false
        /// Where the next run may begin: everything before it was removed or is not in the table.
        var resumeAfter: Int64?
    }

    /// Somebody else is at it.
    static let busy = OperationError("another cleanup, or a relay's retention, is at work on this table; it does the same")

    private static let lockTimeout = "2s"
    private static let blocks: Int64 = 64

    let session: OperatorSession
    let rule: RetentionRule
    let ages: RetentionAges
    let batchSize: Int

    init(_ session: OperatorSession, ages: RetentionAges, batchSize: Int) throws(OperationError) {
        self.session = session
        self.ages = ages
        self.batchSize = batchSize
        let name = session.options.table
        guard let table = try session.table() else { throw OperationError("the table \(name.shown) does not exist") }
        guard table.isOrdinary else { throw OperationError("\(name.shown) is not a table") }
        guard table.canSelect, table.canDelete else {
            throw OperationError(
                "\(session.connection.user) may not read and delete: GRANT SELECT, DELETE ON \(name.quoted) "
                    + "TO \(quotedIdentifier(session.connection.user))")
        }
        rule = try RetentionRule(
            session.options, table: table, ages: ages,
            isSequenceIndexed: try Self.isIndexed(session, session.options.columns[.sequence]))
    }

    private static func isIndexed(_ session: OperatorSession, _ column: String?) throws(OperationError) -> Bool {
        guard let column else { return false }
        let table = session.options.table
        let found = try session.scalar(
            "reading the table's indexes",
            """
            SELECT 1 FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid \
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] \
            WHERE i.indisvalid AND i.indpred IS NULL AND n.nspname = \(quotedLiteral(table.schema)) \
            AND c.relname = \(quotedLiteral(table.name)) AND a.attname = \(quotedLiteral(column)) LIMIT 1
            """)
        return found != nil
    }

    // MARK: Limits and lock

    /// Fixes the limits of the run, by the server's clock.
    ///
    /// With after.publish=keep this waits until the relay has confirmed everything up to now, and throws why it has not.
    func limits(isStopped: () -> Bool) throws(OperationError) -> RetentionLimits {
        func limit(_ age: TimeSpan?) throws(OperationError) -> String? {
            guard let age else { return nil }
            return try session.scalar("reading the clock", "SELECT now() - interval '\(age.milliseconds) milliseconds'")
        }
        return RetentionLimits(
            published: try limit(ages.published), dead: try limit(ages.dead),
            transaction: rule.needsProof ? try RetentionProof(session: session).transaction(isStopped: isStopped) : nil)
    }

    private var lockName: String {
        "hashtextextended(\(quotedLiteral("outbox-relay:retention:\(rule.table.quoted)")), 0)"
    }

    /// Rows that would go, partitions that would be dropped whole among them.
    func preview(_ limits: RetentionLimits) throws(OperationError) -> (rows: Int64?, partitions: [(name: String, rows: Int64)]) {
        let partitions = try RetentionPartitions(session: session, rule: rule, limits: limits).droppable()
        do throws(PostgresError) {
            let count = try session.connection.transaction { () throws(PostgresError) in
                try session.connection.execute("SET LOCAL statement_timeout = '60s'")
                return try session.connection.execute(rule.count(limits), timeoutMilliseconds: 90_000).integer(0, 0)
            }
            return (count, partitions)
        } catch {
            if error.sqlState == .queryCanceled { return (nil, partitions) }
            throw OperationError("counting the rows: \(error)")
        }
    }

    // MARK: The run

    /// - Parameters:
    ///   - resumeAfter: what the last run gave; nil goes through the whole table.
    ///   - isStopped: looked at between batches.
    ///   - pause: waits for so many milliseconds, or less when it is to stop.
    ///   - progress: called after each batch.
    /// - Throws: `busy`, or a sentence with the server's words; what was removed before stays removed.
    func perform(
        _ limits: RetentionLimits, resumeAfter: Int64? = nil, isStopped: @escaping () -> Bool, pause: @escaping (Int64) -> Void,
        progress: @escaping (Outcome) -> Void
    ) throws(OperationError) -> Outcome {
        guard try session.scalar("locking", "SELECT pg_try_advisory_lock(\(lockName))") == "t" else { throw Self.busy }
        defer { _ = try? session.connection.execute("SELECT pg_advisory_unlock(\(lockName))") }
        var outcome = Outcome()
        let partitions = try RetentionPartitions(session: session, rule: rule, limits: limits).drop(isStopped: isStopped)
        outcome.rows = partitions.rows
        outcome.partitions = partitions.dropped
        outcome.notes = partitions.notes
        if !partitions.dropped.isEmpty { progress(outcome) }
        _ = try attempt("preparing") { () throws(PostgresError) in
            try session.connection.execute("SET lock_timeout = '\(Self.lockTimeout)'")
        }
        let step = Step(isStopped: isStopped, pause: pause, progress: progress)
        switch rule.walk {
        case .sequence: try walk(limits, after: resumeAfter, step, &outcome)
        case .blocks:
            for table in try leaves() { try walk(table, limits, step, &outcome) }
        }
        return outcome
    }

    private struct Step {
        let isStopped: () -> Bool
        let pause: (Int64) -> Void
        let progress: (Outcome) -> Void
    }

    private func walk(
        _ limits: RetentionLimits, after resumeAfter: Int64?, _ step: Step, _ outcome: inout Outcome
    ) throws(OperationError) {
        // The lowest number of all is no bigint literal in SQL: it would make the comparison numeric, without the index.
        var position = resumeAfter ?? .min + 1
        var allGone = true
        outcome.resumeAfter = resumeAfter
        while true {
            guard !step.isStopped() else {
                outcome.isInterrupted = true
                return
            }
            let begun = MonotonicTime.now()
            let stretch = try attempt("reading \(rule.table)") { () throws(PostgresError) in
                try session.connection.execute(
                    rule.stretch(after: position, rows: batchSize, limits), timeoutMilliseconds: 120_000)
            }
            guard let last = stretch.integer(0, 0), stretch.boolean(0, 1) != true else { return }
            let removed = try delete(rule.deletion(after: position, through: last, limits))
            outcome.rows += removed
            // A row that stays keeps the next run coming back to it.
            if removed < Int64(batchSize) { allGone = false }
            if allGone { outcome.resumeAfter = last }
            position = last
            rest(since: begun, step, outcome)
        }
    }

    private func walk(
        _ table: PostgresClient.QualifiedName, _ limits: RetentionLimits, _ step: Step, _ outcome: inout Outcome
    ) throws(OperationError) {
        let size = try session.scalar(
            "reading the size of \(table)",
            "SELECT pg_relation_size(\(quotedLiteral(table.quoted))::regclass) / current_setting('block_size')::bigint + 1")
        let end = size.flatMap { Int64($0) } ?? 0
        var block: Int64 = 0
        while block < end {
            guard !step.isStopped() else {
                outcome.isInterrupted = true
                return
            }
            let begun = MonotonicTime.now()
            let next = min(end, block + Self.blocks)
            outcome.rows += try delete(rule.deletion(from: table, blocks: block..<next, limits))
            block = next
            rest(since: begun, step, outcome)
        }
    }

    private func delete(_ sql: String) throws(OperationError) -> Int64 {
        do throws(PostgresError) {
            return Int64(try session.connection.execute(sql, timeoutMilliseconds: 120_000).affectedRows)
        } catch {
            if error.sqlState == .lockNotAvailable {
                throw OperationError(
                    "somebody holds a lock on rows or on the table for more than \(Self.lockTimeout); try again when it is gone")
            }
            throw OperationError("removing rows: \(error)")
        }
    }

    private func rest(since begun: Int64, _ step: Step, _ outcome: Outcome) {
        step.progress(outcome)
        step.pause(min(1_000, max(1, (MonotonicTime.now() - begun) / 1_000_000)))
    }

    /// The table, or its partitions that hold rows.
    private func leaves() throws(OperationError) -> [PostgresClient.QualifiedName] {
        let result = try attempt("reading the partitions of \(rule.table)") { () throws(PostgresError) in
            try session.connection.execute(
                """
                SELECT n.nspname, c.relname FROM pg_catalog.pg_partition_tree(\(quotedLiteral(rule.table.quoted))) t \
                JOIN pg_catalog.pg_class c ON c.oid = t.relid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                WHERE t.isleaf AND c.relkind = 'r' ORDER BY 2
                """)
        }
        let names = (0..<result.rowCount).map {
            PostgresClient.QualifiedName(schema: result.text($0, 0) ?? "", name: result.text($0, 1) ?? "")
        }
        return names.isEmpty ? [rule.table] : names
    }
}
