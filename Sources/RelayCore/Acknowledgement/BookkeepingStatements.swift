public import OutboxModel
public import PostgresClient

/// The SQL that follows a publication, made once per start from the table's own column names and types. Pure.
public struct BookkeepingStatements: Sendable, Equatable {
    /// One parameter: an array literal of ids. nil with `after.publish=keep`.
    public let published: String?
    /// Parameters: the id, and the reason when `deadTakesReason`. nil when nothing is to be written.
    public let dead: String?
    /// Whether the table has a column for the reason.
    public let deadTakesReason: Bool

    /// - Parameters:
    ///   - idType: the id column's type as format_type prints it.
    ///   - columns: names that exist in the table; absent ones are left out of the statements.
    public init(
        table: QualifiedName, columns: ColumnNames, existing: Set<String>, idType: String, afterPublish: AfterPublish
    ) {
        func present(_ name: String?) -> String? { name.flatMap { existing.contains($0) ? quotedIdentifier($0) : nil } }
        let id = quotedIdentifier(columns[.id] ?? "id")
        let matches = " WHERE \(id) = ANY ($1::\(idType)[])"
        switch afterPublish {
        case .keep:
            published = nil
        case .delete:
            published = "DELETE FROM \(table.quoted)" + matches
        case .mark:
            guard let status = present(columns[.status]) else {
                published = nil
                break
            }
            let time = present(columns[.publishedAt]).map { ", \($0) = now()" } ?? ""
            published = "UPDATE \(table.quoted) SET \(status) = 'PUBLISHED'\(time)" + matches
        }
        let reason = present(columns[.errorMessage])
        deadTakesReason = reason != nil
        if afterPublish != .keep, let status = present(columns[.status]) {
            let message = reason.map { ", \($0) = $2" } ?? ""
            dead = "UPDATE \(table.quoted) SET \(status) = 'DEAD'\(message) WHERE \(id) = $1::\(idType)"
        } else {
            dead = nil
        }
    }
}
