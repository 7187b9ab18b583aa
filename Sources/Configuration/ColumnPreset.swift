/// The column names to start from.
public enum ColumnPreset: String, CaseIterable, Sendable {
    /// Our own table: every column has the name of its role.
    case standard
    /// The table that Debezium's Event Router expects.
    case debezium

    /// The column's name, nil when such tables have none.
    public func name(of role: ColumnRole) -> String? {
        switch (self, role) {
        case (.standard, _), (.debezium, .id), (.debezium, .payload): role.rawValue
        case (.debezium, .aggregateType): "aggregatetype"
        case (.debezium, .aggregateID): "aggregateid"
        case (.debezium, .eventType): "type"
        case (.debezium, _): nil
        }
    }
}
