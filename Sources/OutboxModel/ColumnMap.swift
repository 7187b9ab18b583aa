public import PgOutput

/// Where each role's value is in a tuple.
///
/// It is made for one definition of a table, and again after every Relation message: columns come, go and move.
public struct ColumnMap: Sendable {
    let places: ColumnPlaces
    let payloadKind: PayloadKind
    private let indexes: [ColumnRole: Int]
    /// Roles that have a name but no column of that name. For a name that the user chose this is worth a refusal.
    public let missing: [ColumnRole]

    /// Maps columns whose types are not known: a payload is then checked to be JSON where it has to be.
    public init(columns: [String], names: ColumnNames) throws(ColumnMapError) {
        try self.init(columns: columns, typeOIDs: [], names: names)
    }

    /// Maps the columns of a relation in a replication stream.
    public init(relation: Relation, names: ColumnNames) throws(ColumnMapError) {
        try self.init(columns: relation.columns.map(\.name), typeOIDs: relation.columns.map(\.typeOID), names: names)
    }

    /// Maps the columns of a query's result; `typeOIDs` go by the columns.
    public init(columns: [String], typeOIDs: [UInt32], names: ColumnNames) throws(ColumnMapError) {
        var indexes: [ColumnRole: Int] = [:]
        var missing: [ColumnRole] = []
        for role in ColumnRole.allCases {
            guard let name = names[role] else { continue }
            if let index = columns.firstIndex(of: name) {
                indexes[role] = index
            } else {
                missing.append(role)
            }
        }
        let required = missing.filter(\.isRequired)
        guard required.isEmpty else {
            throw ColumnMapError(roles: required, names: required.compactMap { names[$0] })
        }
        places = ColumnPlaces(count: columns.count) { indexes[$0] ?? -1 }
        let payload = places.payload
        payloadKind = typeOIDs.indices.contains(payload) ? PayloadKind(typeOID: typeOIDs[payload]) : .text
        self.indexes = indexes
        self.missing = missing
    }

    /// Number of columns of the tuples that the map is for.
    public var columnCount: Int { places.count }

    /// The column of a role, `nil` when the table has none.
    public subscript(role: ColumnRole) -> Int? { indexes[role] }
}
