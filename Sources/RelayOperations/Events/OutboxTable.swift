import OutboxModel
import PostgresClient
import RelayCore

/// The outbox table with those of the relay's columns that it has.
struct OutboxTable {
    let name: QualifiedName
    private let columns: [ColumnRole: ServerFacts.Table.Column]

    /// Reads the catalog. Throws when the table is missing, may not be read, or lacks a column that events are made of.
    init(_ session: OperatorSession) throws(OperationError) {
        let options = session.options
        guard let table = try session.table() else {
            throw OperationError("the table \(options.table.shown) does not exist: outbox-relay migrate up, or set table")
        }
        guard table.canSelect else {
            throw OperationError("the role may not read \(options.table.shown): GRANT SELECT ON \(options.table.shown) TO ...")
        }
        name = options.table
        var columns: [ColumnRole: ServerFacts.Table.Column] = [:]
        for role in ColumnRole.allCases { columns[role] = table.column(options.columns[role]) }
        // Bookkeeping that is only shown: under its standard name where no other is set.
        for role in [ColumnRole.nextAttemptAt, .lockedBy] where columns[role] == nil {
            columns[role] = table.column(role.rawValue)
        }
        self.columns = columns
        for role in ColumnRole.allCases where role.isRequired && columns[role] == nil {
            throw OperationError(
                "the table \(name.shown) has no column \(options.columns[role] ?? role.rawValue): see column.\(role.rawValue)")
        }
    }

    func has(_ role: ColumnRole) -> Bool { columns[role] != nil }

    /// The column quoted for SQL; nil when the table has none.
    func column(_ role: ColumnRole) -> String? { columns[role].map { quotedIdentifier($0.name) } }

    /// As format_type prints it.
    func type(_ role: ColumnRole) -> String? { columns[role]?.type }

    func typeOID(_ role: ColumnRole) -> UInt32? { columns[role]?.typeOID }

    /// The id column as SQL names it, and its type for casts.
    var id: String { column(.id) ?? quotedIdentifier(ColumnRole.id.rawValue) }
    var idType: String { type(.id) ?? "text" }

    /// Insertion order as far as the table tells; nil when it does not.
    var order: String? { column(.sequence) ?? column(.createdAt) }

    /// A timestamp column in Unix µs, as SQL; nil when the table has no such column, or one of another type.
    func microseconds(_ role: ColumnRole) -> String? {
        guard let column = column(role), let type = type(role), type.hasPrefix("timestamp") else { return nil }
        // Without a zone it is UTC, as in the envelope.
        let time = type.hasSuffix("without time zone") ? "\(column) AT TIME ZONE 'UTC'" : column
        return "(CASE WHEN isfinite(\(column)) THEN (extract(epoch FROM \(time)) * 1000000)::bigint END)"
    }

    /// Whether the text can be a value of the id column: anything else is in no row, and the server would refuse to look for it.
    func canBeID(_ text: String) -> Bool {
        switch idType {
        case "uuid": EventFingerprint.uuid(Array(text.utf8)) != nil
        case "bigint", "integer", "smallint":
            idType == "bigint" ? Int64(text) != nil : idType == "integer" ? Int32(text) != nil : Int16(text) != nil
        default: !text.isEmpty && !text.utf8.contains(0)
        }
    }

    /// The condition on created_at. Throws when there is a range and no such column.
    func condition(_ range: TimeRange) throws(OperationError) -> [String] {
        guard !range.isOpen else { return [] }
        guard let column = column(.createdAt), let type = type(.createdAt), type.hasPrefix("timestamp") else {
            throw OperationError(
                "the table \(name.shown) has no created_at: --since and --until cannot be used (column.created_at)")
        }
        // The bare column is compared, so that an index on it can be used.
        func literal(_ time: Int64) -> String {
            let moment = "to_timestamp(\(time / 1_000) / 1000.0)"
            return type.hasSuffix("without time zone") ? "(\(moment) AT TIME ZONE 'UTC')" : moment
        }
        return [range.since.map { "\(column) >= \(literal($0))" }, range.until.map { "\(column) < \(literal($0))" }].compactMap {
            $0
        }
    }

    /// Everything an event is made of, under the roles' standard names.
    var eventColumns: String {
        let roles: [ColumnRole] = [
            .id, .aggregateType, .aggregateID, .eventType, .topic, .partitionKey, .payload, .headers, .createdAt, .version,
        ]
        return roles.compactMap { role in column(role).map { "\($0) AS \(quotedIdentifier(role.rawValue))" } }
            .joined(separator: ", ")
    }

    /// What decides id, topic and key alone; the payload is left out.
    var routeColumns: String {
        let roles: [ColumnRole] = [.id, .aggregateType, .aggregateID, .eventType, .topic, .partitionKey]
        return roles.compactMap { role in column(role).map { "\($0) AS \(quotedIdentifier(role.rawValue))" } }
            .joined(separator: ", ") + ", NULL::text AS \(quotedIdentifier(ColumnRole.payload.rawValue))"
    }

    /// The ids that exist in the table, of these. Ids that cannot be one are left out.
    func existing(_ ids: [String], on connection: Connection) throws(OperationError) -> Set<String> {
        let possible = ids.filter { canBeID($0) }
        guard !possible.isEmpty else { return [] }
        let result = try attempt("looking for rows in \(name.shown)") { () throws(PostgresError) in
            try connection.execute(
                "SELECT \(id)::text FROM \(name.quoted) WHERE \(id) = ANY ($1::\(idType)[])", [.text(Self.array(possible))],
                timeoutMilliseconds: 300_000)
        }
        return Set((0..<result.rowCount).compactMap { result.text($0, 0) })
    }

    /// A PostgreSQL array literal of these texts.
    static func array(_ texts: [String]) -> String {
        "{" + texts.map { "\"" + $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"" }.joined(separator: ",")
            + "}"
    }
}
