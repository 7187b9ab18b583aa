import Drills
import Kafka
import LocalServers
import PostgresClient
import ServiceRuntime
import Telemetry

/// The servers of one measurement: a temporary PostgreSQL with the project's schema, and a broker.
final class BenchServers {
    static let database = "postgres"
    static let user = "postgres"
    static let publication = "outbox_bench"
    static let partitions = 6

    let postgres: TemporaryPostgres
    let bootstrap: String
    /// Whether the broker keeps everything it is given; the mock keeps 5 MiB a partition.
    let keepsRecords: Bool
    let facts: MachineFacts
    private let kafka: TemporaryKafka?
    private let mock: MockKafka?
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
        let broker: String
        if let home = OwnExecutable.environment("KAFKA_HOME") {
            progress.update("starting Kafka")
            var kafkaOptions = KafkaOptions()
            kafkaOptions.partitions = Self.partitions
            kafkaOptions.heapMegabytes = 768
            let cluster = try TemporaryKafka(home: home, options: kafkaOptions)
            kafka = cluster
            mock = nil
            bootstrap = cluster.bootstrap
            broker = "Apache Kafka \(Self.kafkaVersion(home)), 1 broker"
        } else {
            let started = try MockKafka()
            mock = started
            kafka = nil
            bootstrap = started.bootstrap
            broker = "librdkafka's mock broker (KAFKA_HOME is not set)"
        }
        keepsRecords = kafka != nil
        let connection = try Connection.open(Self.settings(postgres), stop: stop)
        let version = try connection.execute("SHOW server_version").scalar ?? ""
        facts = MachineFacts(postgres: version, broker: broker)
        try OutboxSchema.apply(on: connection)
        try connection.execute("CREATE PUBLICATION \(Self.publication) FOR TABLE outbox_events WITH (publish = 'insert')")
    }

    /// Ends both and removes what they wrote.
    func destroy() {
        kafka?.destroy()
        mock?.destroy()
        postgres.destroy()
    }

    /// A session of the superuser.
    func connect() throws -> Connection { try Connection.open(sessionSettings, stop: stop) }

    /// Of the superuser's sessions.
    var sessionSettings: ConnectionSettings { Self.settings(postgres) }

    /// Makes a topic where that can be asked for; the mock makes topics by itself when they are used.
    func createTopic(_ name: String) throws {
        guard keepsRecords else { return }
        let admin = try Admin(properties: ["bootstrap.servers": bootstrap], logger: .disabled)
        defer { admin.close() }
        let topic = NewTopic(name: name, partitions: Self.partitions, replicationFactor: 1)
        if case let refusal?? = try admin.createTopics([topic], timeoutMilliseconds: 30_000).first { throw refusal }
    }

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

    /// From the name of a library that every download has.
    private static func kafkaVersion(_ home: String) -> String {
        let prefix = "kafka-clients-"
        let name = TextFile.names(in: "\(home)/libs").first { $0.hasPrefix(prefix) && $0.hasSuffix(".jar") }
        return name.map { String($0.dropFirst(prefix.count).dropLast(4)) } ?? "(unknown version)"
    }
}
