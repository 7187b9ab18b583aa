import OutboxModel
package import PostgresClient
package import RelayCore

/// Which rows of a table may be removed, in SQL. Pure.
///
/// With `after.publish=mark` the status says it, and the condition is tested by the statement that deletes: whatever is not
/// PUBLISHED (or DEAD, when that was asked for) at that moment stays. With `keep` no row tells; then only what a transaction wrote
/// that is proven to lie before the confirmed position may go: see `RetentionProof`.
package struct RetentionRule: Equatable, Sendable {
    /// How the table is gone through.
    package enum Walk: Equatable, Sendable {
        /// By an index, in insertion order, up to the first stretch in which every row is younger.
        case sequence(column: String)
        /// Block by block: the whole table, or each partition.
        case blocks
    }

    package let table: QualifiedName
    package let walk: Walk
    /// Rows younger than every age can be told by it; nil when there is no such column.
    package let createdColumn: String?
    /// Whether a transaction id has to be proven first.
    package let needsProof: Bool
    private let published: String?
    private let dead: String?

    /// - Parameters:
    ///   - isSequenceIndexed: an index begins with the column of the insertion order.
    /// - Throws: a sentence why nothing may be removed.
    package init(
        _ options: RelayOptions, table: ServerFacts.Table, ages: RetentionAges, isSequenceIndexed: Bool
    ) throws(OperationError) {
        let columns = options.columns
        let created = Self.time(table.column(columns[.createdAt]))
        let marked = Self.time(table.column(columns[.publishedAt]))
        let times = [marked, created].compactMap { $0 }.map(quotedIdentifier)
        let time = times.count > 1 ? "coalesce(\(times.joined(separator: ", ")))" : times.first
        let status = table.column(columns[.status]).map { quotedIdentifier($0.name) }
        needsProof = options.afterPublish == .keep
        if needsProof {
            guard ages.dead == nil else {
                throw OperationError(
                    "after.publish=keep writes no status, so no row says that it is dead: leave --dead-older-than out")
            }
            guard let created else { throw Self.noTime(options, "column.created_at") }
            published = ages.published == nil ? nil : "\(quotedIdentifier(created)) < $published AND age(xmin) > age($xid)"
            dead = nil
        } else {
            guard let status else {
                throw OperationError(
                    "no row of \(options.table) says whether it is published (column.status): with after.publish=delete what is in "
                        + "the table is not published yet")
            }
            guard let time else { throw Self.noTime(options, "column.published_at or column.created_at") }
            published = ages.published == nil ? nil : "\(status) = 'PUBLISHED' AND \(time) < $published"
            dead = ages.dead == nil ? nil : "\(status) = 'DEAD' AND \(time) < $dead"
        }
        self.table = options.table
        createdColumn = created
        let sequence = table.column(columns[.sequence]).flatMap { ["bigint", "integer"].contains($0.type) ? $0.name : nil }
        walk = isSequenceIndexed ? sequence.map { .sequence(column: $0) } ?? .blocks : .blocks
    }

    private static func time(_ column: ServerFacts.Table.Column?) -> String? {
        guard let column, column.type.hasPrefix("timestamp"), column.type.hasSuffix("with time zone") else { return nil }
        return column.name
    }

    private static func noTime(_ options: RelayOptions, _ setting: String) -> OperationError {
        OperationError("\(options.table) has no column with a time and its zone (\(setting)), so no row says how old it is")
    }

    // MARK: SQL

    /// What a row has to satisfy to be removed.
    package func condition(_ limits: RetentionLimits) -> String {
        let parts = [published, dead].compactMap { $0 }.map { part in
            "(" + limits.fill(part) + ")"
        }
        return parts.isEmpty ? "false" : parts.joined(separator: " OR ")
    }

    /// One step of a walk by sequence: the last number of the stretch (NULL at the end of the table), and whether everything in it
    /// is younger than every age.
    package func stretch(after number: Int64, rows: Int, _ limits: RetentionLimits) -> String {
        guard case .sequence(let column) = walk else { return "SELECT NULL, true" }
        let sequence = quotedIdentifier(column)
        let young = createdColumn == nil ? "false" : "coalesce(min(c) >= \(limits.latest), false)"
        let created = createdColumn.map(quotedIdentifier) ?? "NULL"
        return """
            SELECT max(s), \(young) FROM (SELECT \(sequence) AS s, \(created) AS c FROM \(table.quoted) \
            WHERE \(sequence) > \(number) ORDER BY \(sequence) LIMIT \(rows)) AS stretch
            """
    }

    package func deletion(after number: Int64, through last: Int64, _ limits: RetentionLimits) -> String {
        guard case .sequence(let column) = walk else { return "SELECT" }
        let sequence = quotedIdentifier(column)
        return "DELETE FROM \(table.quoted) WHERE \(sequence) > \(number) AND \(sequence) <= \(last) AND (\(condition(limits)))"
    }

    /// - Parameter blocks: of the table, which is not partitioned itself.
    package func deletion(from table: QualifiedName, blocks: Range<Int64>, _ limits: RetentionLimits) -> String {
        """
        DELETE FROM ONLY \(table.quoted) WHERE ctid >= '(\(blocks.lowerBound),0)'::tid AND ctid < '(\(blocks.upperBound),0)'::tid \
        AND (\(condition(limits)))
        """
    }

    /// All rows of a partition, and those of them that have to stay.
    package func census(of partition: QualifiedName, _ limits: RetentionLimits) -> String {
        "SELECT count(*), count(*) FILTER (WHERE (\(condition(limits))) IS NOT TRUE) FROM \(partition.quoted)"
    }

    package func count(_ limits: RetentionLimits) -> String {
        "SELECT count(*) FROM \(table.quoted) WHERE \(condition(limits))"
    }
}
