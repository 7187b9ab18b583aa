/// A table that cannot be used as an outbox: required columns are missing.
public struct ColumnMapError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The roles not found, in the order of `ColumnRole`.
    public let roles: [ColumnRole]
    /// The names they were looked for by.
    public let names: [String]

    public var description: String {
        "missing required column\(names.count == 1 ? "" : "s"): \(names.joined(separator: ", "))"
    }
}
