/// A row of outbox_migrations: what was applied.
public struct MigrationRecord: Equatable, Sendable {
    public let version: Int
    public let name: String
    /// sha256 of the file that was applied, in hex.
    public let checksum: String
    /// As the server prints it, UTC.
    public let appliedAt: String

    public init(version: Int, name: String, checksum: String, appliedAt: String) {
        self.version = version
        self.name = name
        self.checksum = checksum
        self.appliedAt = appliedAt
    }

    var title: String { Migration.title(version, name) }
}
