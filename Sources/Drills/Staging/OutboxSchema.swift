/// The migrations of the project as they stand in its sources, for tests that want the tables without the command.
public enum OutboxSchema {
    /// One text per migration, in order.
    public static let statements: [String] = {
        let here = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        let root = here.dropLast(4).joined(separator: "/")
        return ["001_outbox_events", "002_outbox_checkpoints", "003_outbox_failed_index"].compactMap {
            TextFile.read("\(root)/sql/migrations/\($0).up.sql")
        }
    }()
}
