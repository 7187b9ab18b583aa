/// How a table names its columns, by role. A role without a name is not looked for.
public struct ColumnNames: Equatable, Sendable {
    private var names: [ColumnRole: String]

    /// Only the roles named here. A required role left out keeps its standard name.
    public init(_ names: [ColumnRole: String]) {
        self.names = names
        for role in ColumnRole.allCases where role.isRequired && names[role] == nil {
            self.names[role] = role.rawValue
        }
    }

    /// The names of the relay's own table.
    public static let standard = ColumnNames(
        Dictionary(uniqueKeysWithValues: ColumnRole.allCases.map { ($0, $0.rawValue) }))

    /// The default names of Debezium's Outbox Event Router.
    public static let debezium = ColumnNames([
        .id: "id", .aggregateType: "aggregatetype", .aggregateID: "aggregateid", .eventType: "type", .payload: "payload",
    ])

    /// The name of a role's column, `nil` when it is not looked for. Taking away a required name has no effect.
    public subscript(role: ColumnRole) -> String? {
        get { names[role] }
        set {
            if newValue == nil, role.isRequired { return }
            names[role] = newValue
        }
    }
}
