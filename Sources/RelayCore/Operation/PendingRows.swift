public import OutboxModel
public import PostgresClient

/// The SQL that looks for unpublished rows. Pure; nil where the table cannot tell.
public enum PendingRows {
    /// Counts unpublished rows, up to `limit` of each kind.
    ///
    /// In two parts because the table's partial indexes are: with all three states in one condition the planner can prove the
    /// predicate of neither, and reads the whole table.
    public static func count(table: QualifiedName, status: String, limit: Int) -> String {
        func part(_ condition: String) -> String {
            "(SELECT count(*) FROM (SELECT 1 FROM \(table.quoted) WHERE \(quotedIdentifier(status)) \(condition) LIMIT \(limit)) AS p)"
        }
        return "SELECT \(part("IN ('PENDING', 'FAILED')")) + \(part("= 'PROCESSING'"))"
    }

    /// Seconds since the oldest waiting row was made: the first in insertion order where there is one, because that has an index.
    public static func oldestAge(table: QualifiedName, columns: ColumnNames, existing: ServerFacts.Table) -> String? {
        guard let status = existing.column(columns[.status]), let created = existing.column(columns[.createdAt]),
            created.type.hasPrefix("timestamp"), created.type.hasSuffix("with time zone")
        else { return nil }
        let waiting = "FROM \(table.quoted) WHERE \(quotedIdentifier(status.name)) IN ('PENDING', 'FAILED')"
        let time = quotedIdentifier(created.name)
        let oldest =
            if let order = existing.column(columns[.sequence]) {
                "SELECT \(time) \(waiting) ORDER BY \(quotedIdentifier(order.name)) LIMIT 1"
            } else {
                "SELECT min(\(time)) \(waiting)"
            }
        return "SELECT extract(epoch FROM clock_timestamp() - (\(oldest)))"
    }
}
