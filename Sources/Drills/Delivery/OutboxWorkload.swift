import PostgresClient
import Synchronization

/// An application that writes events: transactions of several rows on several connections, some of them rolled back.
///
/// Each key belongs to one writer, which numbers its events, so that the numbers tell the commit order. Writers outlive restarts of
/// the server; a commit whose outcome is unknown is left open here, because the truth about what was committed is the table.
public final class OutboxWorkload: Sendable {
    public struct Options: Sendable {
        public var writers = 2
        public var keysPerWriter = 8
        /// Rows of all writers together; 0 writes as fast as it goes.
        public var eventsPerSecond = 1_500
        /// Of 100 transactions.
        public var rollbacks = 8
        /// Of 100 transactions: a savepoint is rolled back in the middle.
        public var savepoints = 8
        /// Added to each payload.
        public var fillBytes = 120
        /// The `topic` column by key; nil entries take the default topic.
        public var topics: [String?] = [nil]
        /// Whose an event is, by key: `user_id` of its payload; nil entries belong to nobody.
        public var users: [String?] = [nil]
        public var table = "outbox_events"
        public var seed: UInt64 = 1

        public init() {}
    }

    private struct Log {
        var committed: [String] = []
        var discarded: [String] = []
        var problems: [String] = []
        var reconnects = 0
    }

    private let options: Options
    private let log = Mutex(Log())
    private let written = Atomic<Int>(0)
    private let writers: PacedWriters

    public init(dsn: String, options: Options = Options()) throws {
        self.options = options
        writers = try PacedWriters(
            dsn: dsn, name: "writer", count: options.writers, unitsPerSecond: options.eventsPerSecond)
    }

    /// Begins to write.
    public func start() throws {
        try writers.start { [self] number in
            var plan = TransactionPlan(writer: number, options: options)
            return { [self] (connection) throws(PostgresError) in
                let transaction = plan.next()
                log.withLock { $0.discarded += transaction.discarded }
                for statement in transaction.statements { try connection.execute(statement) }
                log.withLock { $0.committed += transaction.committed }
                written.wrappingAdd(transaction.committed.count, ordering: .relaxed)
                return transaction.rowCount
            }
        } onFailure: { [self] error, isExpected in
            log.withLock { isExpected ? ($0.reconnects += 1) : $0.problems.append("\(error)") }
        }
    }

    /// Ends the writers, each after its transaction. Callable any number of times.
    public func stop() { writers.stop() }

    /// Rows of transactions whose commit was confirmed, so far.
    public var committedCount: Int { written.load(ordering: .relaxed) }
    /// Their ids.
    public var committedIDs: [String] { log.withLock { $0.committed } }
    /// Ids of rows that were rolled back, with their transaction or to a savepoint.
    public var discardedIDs: [String] { log.withLock { $0.discarded } }
    /// Errors that a server's end does not explain; empty in a sound test.
    public var problems: [String] { log.withLock { $0.problems } }
    public var reconnects: Int { log.withLock { $0.reconnects } }

    /// Waits until that many more rows were committed; returns whether they were.
    public func waitFor(moreEvents count: Int, seconds: Double) -> Bool {
        let goal = committedCount + count
        return Await.until(seconds: seconds, everyMilliseconds: 2) { committedCount >= goal }
    }

    /// What the table holds now: the truth, as long as rows are neither deleted nor pruned.
    public static func truth(dsn: String, table: String = "outbox_events") throws -> [WrittenEvent] {
        let connection = try Connection.open(ConnectionSettings(dsn: dsn, applicationName: "audit"))
        let rows = try connection.execute(
            "SELECT id, coalesce(partition_key, aggregate_id), (payload->>'seq')::bigint FROM \(table)",
            timeoutMilliseconds: 120_000)
        return (0..<rows.rowCount).map { row in
            WrittenEvent(id: rows.text(row, 0) ?? "", key: rows.text(row, 1) ?? "", sequence: Int(rows.integer(row, 2) ?? -1))
        }
    }

    /// Rows by status.
    public static func statuses(dsn: String, table: String = "outbox_events") throws -> [String: Int] {
        let connection = try Connection.open(ConnectionSettings(dsn: dsn, applicationName: "audit"))
        let rows = try connection.execute("SELECT status, count(*) FROM \(table) GROUP BY status", timeoutMilliseconds: 120_000)
        return Dictionary(
            uniqueKeysWithValues: (0..<rows.rowCount).map { (rows.text($0, 0) ?? "", Int(rows.integer($0, 1) ?? 0)) })
    }
}
