public import Configuration
import PostgresClient
public import RelayOperations

/// The tables that consumers keep: of the kit, and of the effects.
public enum ConsumerMigrations {
    /// - Parameters:
    ///   - folder: the folder with the SQL files; nil: looked for beside the program and in the checkout.
    /// - Returns: what applies them, in the first schema of the session's search path.
    public static func migrator(_ settings: ConsumerSettings, folder: String?) throws(OperationError) -> Migrator {
        let named = folder ?? ProcessEnvironment.all[MigrationSet.consumers.variable]
        let folders = MigrationFiles.folders(named: named, binaryFolder: MigrationFiles.binaryFolder, of: .consumers)
        let migrations = try MigrationFiles.load(folders, of: .consumers)
        let connection: Connection
        let schema: String?
        do throws(PostgresError) {
            connection = try Connection.open(ConnectionSettings(settings))
            schema = try connection.execute("SELECT current_schema()").scalar
        } catch { throw OperationError("connecting to Postgres: \(error)") }
        guard let schema else {
            throw OperationError("no schema of the search path exists; name one in postgres.dsn: options=-csearch_path=shop")
        }
        return Migrator(connection, set: .consumers, schema: schema, migrations: migrations)
    }
}
