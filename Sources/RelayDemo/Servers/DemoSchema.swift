import Configuration
import PostgresClient
import RelayCore
import RelayOperations

/// The tables of the demo: the outbox as `outbox-relay migrate up` makes it, and a business table.
enum DemoSchema {
    /// - Parameter migrations: the folder of the SQL files that was named; nil looks for it where `migrate` does.
    static func apply(dsn: String, migrations: String?) throws(DemoError) {
        do throws(OperationError) {
            let options = try relayOptions(dsn)
            let files = try MigrationFiles.load(
                MigrationFiles.folders(named: migrations, binaryFolder: MigrationFiles.binaryFolder))
            let session = try OperatorSession(options)
            _ = try Migrator(session, migrations: files, only: nil).up(to: nil, applied: { _ in }).perform()
            do throws(PostgresError) {
                try session.connection.execute(
                    """
                    CREATE TABLE demo_orders (
                        id           bigint      PRIMARY KEY,
                        user_id      bigint      NOT NULL,
                        total_amount bigint      NOT NULL,
                        status       text        NOT NULL DEFAULT 'CREATED',
                        created_at   timestamptz NOT NULL DEFAULT now()
                    )
                    """)
            } catch { throw OperationError("making the table demo_orders: \(error)") }
        } catch { throw DemoError("\(error)") }
    }

    private static func relayOptions(_ dsn: String) throws(OperationError) -> RelayOptions {
        let settings: RelaySettings
        do throws(ConfigurationError) {
            settings = try SettingsLoader.load(file: nil, environment: [:], overrides: [("postgres.dsn", dsn)], envFile: nil)
        } catch { throw OperationError("\(error)") }
        return try RelayOptions(settings)
    }
}
