/// A series of migrations: whose they are, where their files are found, and where it is written down what was applied.
public struct MigrationSet: Hashable, Sendable {
    /// The command's program, for messages.
    public let program: String
    /// The table with the records, in the schema that is migrated.
    public let recordTable: String
    /// The environment variable that may name the folder with the files.
    public let variable: String
    /// Below /usr/local/share or the like.
    public let installedFolder: String
    /// Below the checkout.
    public let sourceFolder: String
    /// Whether numbers may be left out, because several people add to the series.
    public let allowsGaps: Bool

    /// The tables of `outbox-relay`.
    public static let relay = MigrationSet(
        program: "outbox-relay", recordTable: "outbox_migrations", variable: "OUTBOX_MIGRATIONS",
        installedFolder: "outbox-relay/migrations", sourceFolder: "sql/migrations", allowsGaps: false)

    /// The tables of `outbox-consumer`.
    public static let consumers = MigrationSet(
        program: "outbox-consumer", recordTable: "outbox_consumer_migrations", variable: "OUTBOX_CONSUMER_MIGRATIONS",
        installedFolder: "outbox-relay/consumers", sourceFolder: "sql/consumers", allowsGaps: true)

    /// The advisory lock under which one program at a time migrates a schema.
    func lockName(_ schema: String) -> String { "\(program):migrate:\(schema)" }
}
