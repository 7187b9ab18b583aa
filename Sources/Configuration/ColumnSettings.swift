/// The names of the outbox table's columns, as Postgres stores them.
public struct ColumnSettings: Sendable {
    public let preset: ColumnPreset
    /// The roles that a setting of their own names: their columns must exist.
    public let explicitRoles: Set<ColumnRole>
    private let names: [ColumnRole: String]

    init(preset: ColumnPreset, explicitRoles: Set<ColumnRole>, names: [ColumnRole: String]) {
        self.preset = preset
        self.explicitRoles = explicitRoles
        self.names = names
    }

    /// The column's name; nil when the table has none for this role. Never nil for a required role.
    public subscript(role: ColumnRole) -> String? { names[role] }

    public var id: String { names[.id] ?? ColumnRole.id.rawValue }
    public var aggregateID: String { names[.aggregateID] ?? ColumnRole.aggregateID.rawValue }
    public var payload: String { names[.payload] ?? ColumnRole.payload.rawValue }
}
