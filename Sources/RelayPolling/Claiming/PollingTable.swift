package import OutboxModel
package import PostgresClient
package import RelayCore

/// The outbox table as the polling mode writes SQL about it. Pure.
package struct PollingTable: Sendable {
    /// Columns without which no row can be claimed, published and marked (domain.md section 2).
    static let requiredRoles: [ColumnRole] = [
        .id, .aggregateID, .payload, .status, .retryCount, .nextAttemptAt, .errorMessage, .lockedAt, .lockedBy,
    ]
    /// What an event is made of.
    private static let eventRoles: [ColumnRole] = [
        .id, .aggregateType, .aggregateID, .eventType, .topic, .partitionKey, .payload, .headers, .createdAt, .version,
        .retryCount,
    ]

    package let name: QualifiedName
    /// The id column's type as format_type prints it.
    let idType: String
    /// Columns that a claim returns.
    let eventColumns: [String]
    /// Whether the order is that of a sequence, which has no ties.
    let isOrderExact: Bool
    /// Whether created_at can be read as a moment.
    let hasTime: Bool
    private let names: [ColumnRole: String]

    /// - Parameter table: has passed `findings`.
    package init(name: QualifiedName, columns: ColumnNames, table: ServerFacts.Table) {
        self.name = name
        var names: [ColumnRole: String] = [:]
        for role in ColumnRole.allCases { if let column = table.column(columns[role]) { names[role] = column.name } }
        self.names = names
        idType = table.column(names[.id])?.type ?? "text"
        eventColumns = Self.eventRoles.compactMap { names[$0] }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        isOrderExact = names[.sequence] != nil
        hasTime = table.column(names[.createdAt])?.type.hasPrefix("timestamp") ?? false
    }

    func has(_ role: ColumnRole) -> Bool { names[role] != nil }

    /// A column, qualified by the alias `t`.
    func column(_ role: ColumnRole) -> String { "t." + bare(role) }

    /// A column's name alone, as SET wants it.
    func bare(_ role: ColumnRole) -> String { quotedIdentifier(names[role] ?? role.rawValue) }

    /// The table under the alias `t`.
    var source: String { "\(name.quoted) AS t" }

    /// The message's key as the encoder takes it: an empty partition key counts as none. By bytes, whatever the column's collation.
    var key: String {
        let aggregate = column(.aggregateID) + "::text"
        let key = has(.partitionKey) ? "nullif(\(column(.partitionKey))::text, ''), \(aggregate)" : aggregate
        return "(coalesce(\(key), '') COLLATE \"C\")"
    }

    /// What the rows are ordered by.
    var place: String { column(isOrderExact ? .sequence : .createdAt) }

    /// What has to be there, and is not.
    package static func findings(
        name: QualifiedName, columns: ColumnNames, table: ServerFacts.Table?, afterPublish: AfterPublish, workerLength: Int
    ) -> [Finding] {
        let object = "table \(name)"
        guard let table else {
            return [
                Finding(
                    "table.exists", .fail, object: object, fact: "it does not exist, or this role may not see it",
                    remedy: "outbox-relay migrate up, or set `table` to the table you have")
            ]
        }
        var findings: [Finding] = []
        var missing = requiredRoles.filter { table.column(columns[$0]) == nil }.map { columns[$0] ?? $0.rawValue }
        if table.column(columns[.sequence]) == nil, table.column(columns[.createdAt]) == nil {
            missing.append("\(columns[.sequence] ?? ColumnRole.sequence.rawValue) (or created_at)")
        }
        if !missing.isEmpty {
            findings.append(
                Finding(
                    "polling.columns", .fail, object: object,
                    fact: "polling needs columns that it has not: \(missing.joined(separator: ", "))",
                    remedy: "add them as sql/migrations/001_outbox_events.up.sql does, or name the table's own by column.*"))
        }
        if afterPublish == .keep {
            findings.append(
                Finding(
                    "polling.keep", .fail, object: "after.publish=keep",
                    fact: "polling would publish the same rows again and again", remedy: "after.publish=mark or delete"))
        }
        if let type = table.column(columns[.lockedBy])?.type, let limit = length(of: type), limit < workerLength {
            findings.append(
                Finding(
                    "polling.locked_by", .fail, object: object,
                    fact: "\(columns[.lockedBy] ?? "") is \(type), and a publisher's name has \(workerLength) characters",
                    remedy: "ALTER TABLE \(name.quoted) ALTER \(quotedIdentifier(columns[.lockedBy] ?? "")) TYPE text"))
        }
        return findings + privileges(object, table, afterPublish, name)
    }

    private static func privileges(
        _ object: String, _ table: ServerFacts.Table, _ afterPublish: AfterPublish, _ name: QualifiedName
    ) -> [Finding] {
        let needed = [("SELECT", table.canSelect), ("UPDATE", table.canUpdate)]
        let lacking = (needed + (afterPublish == .delete ? [("DELETE", table.canDelete)] : [])).filter { !$0.1 }.map(\.0)
        return lacking.map { privilege in
            Finding(
                "table.\(privilege.lowercased())", .fail, object: object,
                fact: "the role may not \(privilege), which claiming and marking need",
                remedy: "GRANT \(privilege) ON \(name.quoted) to the relay's role")
        }
    }

    /// The limit of `character varying(80)`.
    private static func length(of type: String) -> Int? {
        guard type.hasPrefix("character"), let open = type.lastIndex(of: "("), type.hasSuffix(")") else { return nil }
        return Int(type[type.index(after: open)...].dropLast())
    }
}
