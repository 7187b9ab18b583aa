import Glibc
public import PostgresClient
import RelayOperations

/// The project's own migrations, for drills, measurements and tests that want the tables without the command.
public enum OutboxSchema {
    /// Makes the tables of the outbox in an empty schema. Throws when a file is missing or cannot be read, and what the server refuses.
    public static func apply(on connection: Connection) throws { try apply(.relay, through: .max, on: connection) }

    /// The same of the consumers: their own tables, the shop's and those of the effects.
    ///
    /// - Parameter last: the last migration's number; the kit's own end at 9.
    public static func applyConsumers(through last: Int = .max, on connection: Connection) throws {
        try apply(.consumers, through: last, on: connection)
    }

    private static func apply(_ set: MigrationSet, through last: Int, on connection: Connection) throws {
        let named = getenv(set.variable).map { String(cString: $0) }
        var folders = MigrationFiles.folders(named: named, binaryFolder: MigrationFiles.binaryFolder, of: set)
        // Builds may lie anywhere: then the checkout that they were made from is the last place.
        let here = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        if named?.isEmpty ?? true { folders.append("\(here)/\(set.sourceFolder)") }
        for migration in try MigrationFiles.load(folders, of: set) where migration.version <= last {
            try connection.execute(String(decoding: migration.up, as: UTF8.self))
        }
    }
}
