import OutboxModel
import PostgresClient
import RelayCore

/// What the table holds that is not published yet. Unknown is nil: a table without a status cannot tell, and a look that would
/// take long is cancelled.
public struct Backlog: Equatable, Sendable {
    /// Counted up to `limit` of each kind.
    public static let limit: Int64 = 100_000

    public var pendingRows: Int64?
    /// Age of the oldest waiting row in seconds.
    public var oldestPendingSeconds: Double?

    public init(pendingRows: Int64? = nil, oldestPendingSeconds: Double? = nil) {
        self.pendingRows = pendingRows
        self.oldestPendingSeconds = oldestPendingSeconds
    }

    /// "at least 100,000" where the count ended.
    var pendingText: String? {
        pendingRows.map { $0 >= Self.limit ? "at least \(Quantity.count(Self.limit))" : Quantity.count($0) }
    }

    static func read(_ session: OperatorSession) throws(OperationError) -> Backlog {
        let options = session.options
        guard let table = try session.table(), table.canSelect else { return Backlog() }
        var backlog = Backlog()
        if options.afterPublish == .mark, let status = table.column(options.columns[.status]) {
            backlog.pendingRows = try number(
                session, PendingRows.count(table: options.table, status: status.name, limit: Int(limit))
            ).flatMap { Int64($0) }
            if let age = PendingRows.oldestAge(table: options.table, columns: options.columns, existing: table) {
                backlog.oldestPendingSeconds = try number(session, age).flatMap { Double($0) }.map { max(0, $0) }
            }
        } else if options.afterPublish == .delete {
            let sql = "SELECT count(*) FROM (SELECT 1 FROM \(options.table.quoted) LIMIT \(limit)) AS p"
            backlog.pendingRows = try number(session, sql).flatMap { Int64($0) }
        }
        return backlog
    }

    private static func number(_ session: OperatorSession, _ sql: String) throws(OperationError) -> String? {
        do throws(PostgresError) {
            return try session.connection.transaction { () throws(PostgresError) in
                try session.connection.execute("SET LOCAL statement_timeout = '4s'")
                return try session.connection.execute(sql).scalar
            }
        } catch {
            if error.sqlState == .queryCanceled || error.sqlState == .insufficientPrivilege { return nil }
            throw OperationError("counting unpublished rows: \(error)")
        }
    }
}
