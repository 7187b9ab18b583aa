import Drills
import LocalServers
import PostgresClient
import ServiceRuntime

/// The servers of one measurement: a temporary PostgreSQL with the project's schema, and a broker.
final class BenchServers {
    static let database = "postgres"
    static let user = "postgres"
    static let publication = "outbox_bench"
    static let partitions = BenchBroker.partitions

    let postgres: TemporaryPostgres
    let facts: MachineFacts
    private let broker: BenchBroker
    private let stop: StopSignal

    /// Starts both, migrates, and makes the publication.
    ///
    /// - Parameter settings: of the server, over those that keep checkpoints out of the measurement.
    init(_ options: BenchOptions, settings: [String: String], stop: StopSignal, progress: Progress) throws {
        self.stop = stop
        let installation = try Self.installation(options.postgresVersion)
        progress.update("starting PostgreSQL \(installation.majorVersion)")
        var wanted = PostgresOptions()
        wanted.isDurable = true
        wanted.settings = [
            "max_wal_size": "32GB", "checkpoint_timeout": "1h", "shared_buffers": "256MB", "max_connections": "100",
        ].merging(settings) { $1 }
        postgres = try TemporaryPostgres(installation, options: wanted)
        if stop.isSet { throw BenchError.interrupted }
        broker = try BenchBroker(progress: progress)
        let connection = try Connection.open(Self.settings(postgres), stop: stop)
        let version = try connection.execute("SHOW server_version").scalar ?? ""
        facts = MachineFacts(postgres: version, broker: broker.description)
        try OutboxSchema.apply(on: connection)
        try connection.execute("CREATE PUBLICATION \(Self.publication) FOR TABLE outbox_events WITH (publish = 'insert')")
    }

    /// Ends both and removes what they wrote.
    func destroy() {
        broker.destroy()
        postgres.destroy()
    }

    /// A session of the superuser.
    func connect() throws -> Connection { try Connection.open(sessionSettings, stop: stop) }

    /// Of the superuser's sessions.
    var sessionSettings: ConnectionSettings { Self.settings(postgres) }

    var bootstrap: String { broker.bootstrap }
    var keepsRecords: Bool { broker.keepsRecords }

    func createTopic(_ name: String) throws { try broker.createTopic(name) }

    private static func settings(_ postgres: TemporaryPostgres) -> ConnectionSettings {
        ConnectionSettings(dsn: postgres.dsn(user: user, database: database), applicationName: "outbox-bench")
    }

    static func installation(_ version: Int?) throws -> PostgresInstallation {
        var environment: [String: String] = [:]
        if let folders = OwnExecutable.environment("PG_BIN") { environment["PG_BIN"] = folders }
        let found = PostgresInstallation.find(environment: environment)
        let chosen = version.map { version in found.first { $0.majorVersion == version } } ?? found.last
        guard let chosen else {
            let names = found.map { String($0.majorVersion) }.joined(separator: ", ")
            throw BenchError(
                "PostgreSQL \(version.map(String.init) ?? "") was not found (found: \(names.isEmpty ? "none" : names)); "
                    + "PG_BIN names the folders of server programs")
        }
        return chosen
    }
}
