/// The relations of one replication session by OID.
///
/// It must not outlive the session: after a reconnect Postgres describes every table again, and an OID may have another
/// meaning.
public struct RelationCatalog: Sendable {
    private var relations: [UInt32: Relation] = [:]

    public init() {}

    /// Number of relations known.
    public var count: Int { relations.count }

    /// Takes over a relation, in place of an older one of its OID.
    public mutating func update(_ relation: Relation) -> RelationChange {
        guard let previous = relations.updateValue(relation, forKey: relation.id) else { return .new }
        return previous == relation ? .same : .changed(previous: previous)
    }

    /// The latest relation of an OID.
    public subscript(_ id: UInt32) -> Relation? { relations[id] }

    /// Forgets everything, for a new session.
    public mutating func removeAll() {
        relations.removeAll()
    }
}
