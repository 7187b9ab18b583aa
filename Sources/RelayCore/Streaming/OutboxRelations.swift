import OutboxModel
import PgOutput
import PostgresClient
import Telemetry

/// What the server said about tables in this session, and how to read a row of the outbox table.
///
/// Columns are matched by name, and again after every Relation message: they come, go and move between two inserts of one
/// transaction. Never kept over a reconnect, because a table made anew has another OID.
struct OutboxRelations {
    private var catalog = RelationCatalog()
    /// Of the outbox table; a relation that is described and not in here belongs to another table.
    private var maps: [UInt32: ColumnMap] = [:]
    private var lastID: UInt32 = 0
    private var lastMap: ColumnMap?
    private var reported: Set<String> = []

    /// The map of the outbox table; nil for a row of another table of the publication.
    mutating func map(of id: UInt32) throws(StreamViolation) -> ColumnMap? {
        if id == lastID, let lastMap { return lastMap }
        guard catalog[id] != nil else { throw StreamViolation("Insert into relation \(id), which was never described") }
        guard let map = maps[id] else { return nil }
        lastID = id
        lastMap = map
        return map
    }

    mutating func update(
        _ relation: Relation, table: QualifiedName, names: ColumnNames, _ logger: Logger
    ) throws(ColumnMapError) {
        let change = catalog.update(relation)
        lastMap = nil
        let namespace = relation.namespace.isEmpty ? "pg_catalog" : relation.namespace
        guard namespace == table.schema, relation.name == table.name else {
            maps[relation.id] = nil
            if reported.insert("table \(relation.id)").inserted {
                logger.debug(
                    "the publication has another table, which is ignored", [.table: .string("\(namespace).\(relation.name)")])
            }
            return
        }
        maps[relation.id] = try ColumnMap(relation: relation, names: names)
        if case .changed(let previous) = change {
            logger.info(
                "the outbox table's columns changed",
                [
                    .table: .string("\(table)"), .count: .int(relation.columns.count),
                    .text: .string(describe(from: previous, to: relation)),
                ])
        }
    }

    /// Updates and deletes are no events; said once a session.
    mutating func noteIgnored(_ id: UInt32, _ kind: String, _ logger: Logger) {
        guard reported.insert("\(kind) \(id)").inserted else { return }
        logger.warning("the publication publishes more than inserts, which are ignored", [.text: .string(kind)])
    }

    private func describe(from old: Relation, to new: Relation) -> String {
        let before = old.columns.map(\.name)
        let after = new.columns.map(\.name)
        let added = after.filter { !before.contains($0) }.map { "+" + $0 }
        let removed = before.filter { !after.contains($0) }.map { "-" + $0 }
        let text = (added + removed).joined(separator: " ")
        return text.isEmpty ? "reordered or retyped" : text
    }
}
