import Drills
import Glibc
public import LocalServers
import PostgresClient
import Synchronization

/// The servers that the tests of this process share: each is started when it is first asked for and ends with the process.
///
/// Tests keep apart by databases, slots and topics of their own (`uniqueName`).
public enum TestServers {
    private static let servers = Mutex<[Int: TemporaryPostgres]>([:])
    private static let brokers = Mutex<[Int: TemporaryKafka]>([:])
    private static let counter = Atomic<Int>(0)
    private static let cleanUp: Void = { atexit { TestServers.destroyAll() } }()

    // MARK: What is there

    /// Nothing may be skipped.
    public static var isCI: Bool { environment("CI") == "true" }

    public static var kafkaHome: String? { environment("KAFKA_HOME") }

    public static let installations = PostgresInstallation.find(
        environment: ProcessInformation.environment(["PG_BIN", "PATH"]))

    /// For `.enabled(if:)` of tests that need a real broker and a server.
    public static var areAvailable: Bool { isCI || (kafkaHome != nil && hasPostgres) }
    public static var hasPostgres: Bool { isCI || !installations.isEmpty }

    /// What to say when they are not.
    public static let howToGetThem =
        "needs KAFKA_HOME (an unpacked Apache Kafka 4.x download, and Java 17) and PostgreSQL server programs (PG_BIN, or Debian's)"

    // MARK: Servers

    /// The version that drills run on: OUTBOX_TEST_POSTGRES (14, 15, ...), else the newest that is installed.
    public static var chosenVersion: Int? {
        environment("OUTBOX_TEST_POSTGRES").flatMap { Int($0) } ?? installations.last?.majorVersion
    }

    /// The shared server of a version, nil for the chosen one. Do not stop it: a drill that does makes its own.
    public static func postgres(version: Int? = nil) throws -> TemporaryPostgres {
        let installation = try installation(version: version)
        _ = cleanUp
        return try servers.withLock { servers in
            if let server = servers[installation.majorVersion] { return server }
            let server = try TemporaryPostgres(installation, options: options)
            servers[installation.majorVersion] = server
            return server
        }
    }

    /// A server of the test's own.
    public static func ownPostgres(version: Int? = nil, options: PostgresOptions? = nil) throws -> TemporaryPostgres {
        try TemporaryPostgres(installation(version: version), options: options ?? self.options)
    }

    /// The shared cluster of that many brokers. Whoever stops a broker starts it again.
    public static func kafka(brokers count: Int = 1) throws -> TemporaryKafka {
        guard let home = kafkaHome else { throw LocalServerError("KAFKA_HOME is not set: this test " + howToGetThem) }
        _ = cleanUp
        return try brokers.withLock { brokers in
            if let cluster = brokers[count] { return cluster }
            var options = KafkaOptions()
            options.brokers = count
            let cluster = try TemporaryKafka(home: home, options: options)
            brokers[count] = cluster
            return cluster
        }
    }

    /// Ends the shared cluster of that many brokers before the process ends, to make room for the next.
    public static func endKafka(brokers count: Int) {
        brokers.withLock { $0.removeValue(forKey: count) }?.destroy()
    }

    /// Never given twice in this process: good for a slot, a database and a topic.
    public static func uniqueName(_ prefix: String) -> String {
        "\(prefix)_\(counter.wrappingAdd(1, ordering: .relaxed).newValue)"
    }

    /// A database of its own with the outbox tables in it; returns its connection string.
    public static func makeDatabase(_ name: String, on server: TemporaryPostgres) throws -> String {
        let admin = try Connection.open(ConnectionSettings(dsn: server.dsn(), applicationName: "tests"))
        try admin.execute("CREATE DATABASE \(quotedIdentifier(name))")
        let dsn = server.dsn(database: name)
        let connection = try Connection.open(ConnectionSettings(dsn: dsn, applicationName: "tests"))
        try OutboxSchema.apply(on: connection)
        return dsn
    }

    /// Removes a slot that is not in use (also one whose walsender is just ending), so that it holds no WAL for the next test.
    public static func dropSlot(_ name: String, on server: TemporaryPostgres, database: String) throws {
        let connection = try Connection.open(ConnectionSettings(dsn: server.dsn(database: database), applicationName: "tests"))
        _ = try Await.until(seconds: 10) {
            try connection.execute(
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND NOT active",
                [.text(name)])
            return try connection.execute("SELECT 1 FROM pg_replication_slots WHERE slot_name = $1", [.text(name)]).rowCount == 0
        }
    }

    // MARK: Parts

    private static var options: PostgresOptions {
        var options = PostgresOptions()
        // Room for drills: a checkpoint in the middle of a large transaction measures the disk, not the relay.
        options.settings = ["max_wal_size": "4GB", "max_replication_slots": "20", "max_wal_senders": "20"]
        return options
    }

    public static func installation(version: Int?) throws -> PostgresInstallation {
        let wanted = version ?? chosenVersion
        guard let found = installations.first(where: { $0.majorVersion == wanted }) else {
            throw LocalServerError("PostgreSQL \(wanted.map(String.init) ?? "") is not installed: this test " + howToGetThem)
        }
        return found
    }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func destroyAll() {
        for server in servers.withLock({ $0.values }) { server.destroy() }
        for cluster in brokers.withLock({ $0.values }) { cluster.destroy() }
    }
}

/// Variables of our environment, as a dictionary.
enum ProcessInformation {
    static func environment(_ names: [String]) -> [String: String] {
        var values: [String: String] = [:]
        for name in names { values[name] = getenv(name).map { String(cString: $0) } }
        return values
    }
}
