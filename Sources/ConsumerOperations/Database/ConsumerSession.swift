public import Configuration
import ConsumerKit
import PostgresClient
public import RelayOperations
public import ServiceRuntime

/// A command's work on one consumer: who that is, and a database session. One thread's.
public final class ConsumerSession {
    let name: String
    let settings: ConsumerSettings
    let stop: StopSignal
    let connection: Connection
    private let catalog: ConsumerCatalog

    /// Connects. Throws for a name that no consumer has, and for a database without the consumers' tables.
    ///
    /// - Parameter stop: set by Ctrl-C; ends long work between two transactions.
    public convenience init(_ settings: ConsumerSettings, consumer name: String, stop: StopSignal) throws(OperationError) {
        let catalog = try ConsumerCatalog(settings)
        // One that cannot run with these settings has dead letters to look at all the same.
        if !catalog.absent.contains(where: { $0.name == name }) { _ = try catalog.choose([name]) }
        self.init(name, settings, catalog, try Self.connect(settings), stop)
    }

    private init(
        _ name: String, _ settings: ConsumerSettings, _ catalog: ConsumerCatalog, _ connection: Connection, _ stop: StopSignal
    ) {
        self.name = name
        self.settings = settings
        self.catalog = catalog
        self.connection = connection
        self.stop = stop
    }

    /// Connects once, for all consumers that have dead letters or parked events, also for those that this program does not know. In the
    /// order of their names.
    public static func withLetters(_ settings: ConsumerSettings, stop: StopSignal) throws(OperationError) -> [ConsumerSession] {
        let catalog = try ConsumerCatalog(settings)
        let connection = try connect(settings)
        let rows = try attempt("looking for dead letters") { () throws(PostgresError) in
            try connection.execute(
                "SELECT consumer_name FROM consumer_dead_letters UNION SELECT consumer_name FROM consumer_parked ORDER BY 1")
        }
        return (0..<rows.rowCount).compactMap { rows.text($0, 0) }.map {
            ConsumerSession($0, settings, catalog, connection, stop)
        }
    }

    private static func connect(_ settings: ConsumerSettings) throws(OperationError) -> Connection {
        let connection = try attempt("connecting to Postgres") { () throws(PostgresError) in
            try Connection.open(ConnectionSettings(settings))
        }
        let exists = try attempt("looking for the consumers' tables") { () throws(PostgresError) in
            try connection.execute("SELECT to_regclass('consumer_parked') IS NOT NULL").boolean(0, 0)
        }
        guard exists == true else {
            throw OperationError("the consumers' tables are not in the database: run outbox-consumer migrate up first")
        }
        return connection
    }

    /// The consumer itself. Throws why it cannot run.
    func consumer() throws(OperationError) -> ConfiguredConsumer {
        guard let consumer = try catalog.choose([name]).first else { throw OperationError("there is no consumer \(name)") }
        return consumer
    }

    /// What applies records on this session.
    func application(_ consumer: ConfiguredConsumer) throws(OperationError) -> EventApplication {
        // Without its row there is no epoch to claim in.
        try attempt("making the consumer known") { () throws(PostgresError) in
            try connection.execute("INSERT INTO consumer_state (consumer_name) VALUES ($1) ON CONFLICT DO NOTHING", [.text(name)])
        }
        return EventApplication(consumer: consumer, settings: kit, connection: connection)
    }

    /// Only one operator at a time changes the dead letters of a consumer. The lock ends with the session.
    func lockLetters() throws(OperationError) {
        let isOurs = try attempt("locking the dead letters") { () throws(PostgresError) in
            try connection.execute(
                "SELECT pg_try_advisory_lock(hashtextextended($1, 0))", [.text("outbox-consumer dlq \(name)")]
            ).boolean(0, 0)
        }
        guard isOurs == true else {
            throw OperationError("somebody else retries or discards dead letters of \(name) right now; wait until that is done")
        }
    }

    var kit: ConsumerKitSettings { ConsumerKitSettings(settings, inboxRetentionDays: 0) }

    /// What becomes of later events of a dead letter's key.
    func parking(_ consumer: ConfiguredConsumer) -> ParkingPolicy { kit.parking ?? consumer.definition.parking }
}
