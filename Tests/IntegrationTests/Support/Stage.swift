import ByteCoding
import Drills
import Glibc
import Kafka
import LocalServers
import PostgresClient
import ServiceRuntime
import Synchronization
import Telemetry
import TestSupport
import Testing

/// What one test plays on: a database of its own on a shared server, topics of its own on the shared broker, and the relays it starts.
///
/// When the test is over its relays are killed and its slot is dropped; when it failed, the relays' last words are recorded.
final class Stage {
    let name: String
    let server: TemporaryPostgres
    let dsn: String
    let bootstrap: String
    /// A session of the superuser.
    let sql: Connection
    /// What relays of this stage are told.
    var setup: RelaySetup
    private var relays: [RelayUnderTest] = []

    private static let admins = Mutex<[String: Admin]>([:])

    /// - Parameters:
    ///   - version: of the shared server; nil for the newest.
    ///   - server: instead of the shared one.
    ///   - kafka: instead of the shared cluster, on its plain listener.
    ///   - settings: of the relay.
    ///   - hasTables: whether the project's own tables are wanted.
    static func perform(
        version: Int? = nil, server: TemporaryPostgres? = nil, kafka: TemporaryKafka? = nil,
        settings: [(key: String, value: String)] = [], hasTables: Bool = true, _ body: (Stage) throws -> Void
    ) throws {
        let stage = try Stage(
            server: server ?? TestServers.postgres(version: version), kafka: kafka ?? TestServers.kafka(), settings: settings,
            hasTables: hasTables)
        do { try body(stage) } catch {
            stage.recordLogs()
            stage.close()
            throw error
        }
        stage.close()
    }

    private init(
        server: TemporaryPostgres, kafka: TemporaryKafka, settings: [(key: String, value: String)], hasTables: Bool
    ) throws {
        name = TestServers.uniqueName("it\(server.installation.majorVersion)")
        self.server = server
        bootstrap = kafka.bootstrap
        if hasTables {
            dsn = try TestServers.makeDatabase(name, on: server)
        } else {
            let admin = try Connection.open(ConnectionSettings(dsn: server.dsn(), applicationName: "tests"))
            try admin.execute("CREATE DATABASE \(name)")
            dsn = server.dsn(database: name)
        }
        sql = try Connection.open(ConnectionSettings(dsn: dsn, applicationName: "tests"))
        setup = RelaySetup(name: name, dsn: dsn, bootstrap: bootstrap, settings: settings)
        if !setup.topic.isEmpty { try createTopic(setup.topic) }
        try createTopic(setup.deadLetterTopic)
    }

    private func close() {
        for relay in relays { relay.kill() }
        if server.isRunning { try? TestServers.dropSlot(name, on: server, database: "postgres") }
    }

    /// What a reader of a failed test wants to know.
    private func recordLogs() {
        for relay in relays {
            Issue.record(
                "log of the relay:\n\(relay.logTail(40))\n\(relay.isRunning ? relay.fetch("/status")?.body ?? "" : "ended")")
        }
        let facts = [
            "SELECT slot_name, active, restart_lsn, confirmed_flush_lsn, wal_status FROM pg_replication_slots",
            "SELECT pg_current_wal_insert_lsn()", "SELECT slot_name, phase, end_lsn, events FROM outbox_checkpoints",
            "SELECT status, count(*), min(payload::text), max(payload::text) FROM outbox_events GROUP BY 1",
        ]
        for query in facts {
            guard let result = try? execute(query) else { continue }
            let rows = (0..<result.rowCount).map { row in (0..<result.columnCount).map { result.text(row, $0) ?? "NULL" } }
            Issue.record("\(query): \(rows)")
        }
    }

    // MARK: Relays

    /// Starts a relay with this stage's settings and these.
    @discardableResult
    func start(_ settings: [(key: String, value: String)] = [], environment: [String: String] = [:]) throws -> RelayUnderTest {
        var setup = setup
        for (key, value) in settings { setup[key] = value }
        setup.environment.merge(environment) { $1 }
        let relay = try setup.start()
        relays.append(relay)
        return relay
    }

    /// The same, and waits until events flow.
    @discardableResult
    func startReady(_ settings: [(key: String, value: String)] = []) throws -> RelayUnderTest {
        try start(settings).waitUntilReady()
    }

    /// Starts a relay that is expected to give up; returns the names of its findings.
    func findingsOfStart(_ settings: [(key: String, value: String)] = [], seconds: Double = 20) throws -> [String] {
        // What the caller says counts, and what the stage is about.
        let isPolling = (settings + setup.settings).contains { $0 == ("mode", "polling") }
        let relay = try start((isPolling ? [] : Self.givingUp) + settings)
        return try findingsAtEnd(of: relay, seconds: seconds)
    }

    /// Makes a relay stop on what it would otherwise repair, or go on from by polling.
    static let givingUp: [(key: String, value: String)] = [("mode", "cdc"), ("slot.repair", "manual")]

    /// Waits until the relay has given up with exit code 1; returns the names of its findings, each with object, fact and remedy.
    func findingsAtEnd(of relay: RelayUnderTest, seconds: Double = 20) throws -> [String] {
        let status = relay.waitForEnd(seconds: seconds)
        #expect(status == .exited(1), "\(relay.logTail())")
        let lines = relay.lines("the relay cannot go on")
        for line in lines {
            #expect(line.text("reason")?.isEmpty == false)
            #expect(line.text("remedy")?.isEmpty == false, "\(line)")
        }
        return lines.compactMap { $0.text("name") }
    }

    // MARK: Database

    @discardableResult
    func execute(_ statement: String) throws -> QueryResult { try sql.execute(statement) }

    func scalar(_ query: String) throws -> String? { try sql.execute(query).scalar }

    func number(_ query: String) throws -> Int { try scalar(query).flatMap { Int($0) } ?? 0 }

    /// Another session.
    func session(user: String = "postgres", database: String? = nil) throws -> Connection {
        let dsn = server.dsn(user: user, database: database ?? name)
        return try Connection.open(ConnectionSettings(dsn: dsn, applicationName: "tests"))
    }

    /// The connection string by way of a proxy.
    func dsn(through proxy: WireProxy) -> String {
        "host=127.0.0.1 port=\(proxy.port) user=postgres dbname=\(name) sslmode=disable gssencmode=disable"
    }

    /// Writes events whose payload is `{"n": number}`, all in one transaction, with the key `key` or, without one, the number modulo 7.
    func write(_ numbers: some Sequence<Int>, key: String? = nil, table: String = "outbox_events", on session: Connection? = nil)
        throws
    {
        let rows = numbers.map { number in
            "('T', \(quotedLiteral(key ?? String(number % 7))), 'E', '{\"n\": \(number)}')"
        }
        guard !rows.isEmpty else { return }
        try (session ?? sql).execute(
            "INSERT INTO \(table) (aggregate_type, aggregate_id, event_type, payload) VALUES \(rows.joined(separator: ", "))")
    }

    /// The slot's confirmed position; nil when there is no slot.
    func confirmed() throws -> LSN? {
        try scalar("SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '\(name)'").flatMap { LSN($0) }
    }

    /// The position stored in the checkpoint table.
    func checkpoint() throws -> LSN? {
        try scalar("SELECT end_lsn FROM outbox_checkpoints WHERE slot_name = '\(name)'").flatMap { LSN($0) }
    }

    func walPosition() throws -> LSN {
        try scalar("SELECT pg_current_wal_insert_lsn()").flatMap { LSN($0) } ?? .zero
    }

    /// How many rows have which status, as `PUBLISHED=3`, sorted.
    func statuses(table: String = "outbox_events") throws -> [String] {
        let result = try execute("SELECT status || '=' || count(*) FROM \(table) GROUP BY status ORDER BY 1")
        return (0..<result.rowCount).compactMap { result.text($0, 0) }
    }

    /// Waits until a query's first value is this text.
    func wait(for value: String, of query: String, seconds: Double = 20) throws {
        var last: String?
        let isSo = try Await.until(seconds: seconds) {
            last = try scalar(query)
            return last == value
        }
        if !isSo { throw TopicLog.Failure(description: "\(query): \(last ?? "NULL") after \(seconds) s, not \(value)") }
    }

    /// Waits until a condition holds.
    func wait(until what: String, seconds: Double = 20, _ condition: () throws -> Bool) throws {
        if !(try Await.until(seconds: seconds, everyMilliseconds: 50, condition)) {
            throw TopicLog.Failure(description: "waited \(seconds) s until \(what)")
        }
    }

    // MARK: Kafka

    private func admin() throws -> Admin {
        try Self.admins.withLock { admins in
            if let admin = admins[bootstrap] { return admin }
            let admin = try Admin(properties: ["bootstrap.servers": bootstrap], logger: .disabled)
            admins[bootstrap] = admin
            return admin
        }
    }

    /// One partition unless told otherwise, so that the order of records is the order of publication.
    @discardableResult
    func createTopic(_ topic: String, partitions: Int = 1, settings: KafkaProperties = [:]) throws -> String {
        let refusals = try admin().createTopics(
            [NewTopic(name: topic, partitions: partitions, settings: settings)], timeoutMilliseconds: 20_000)
        if let refusal = refusals.first, let refusal { throw refusal }
        let exists = try Await.until(seconds: 10) {
            try admin().metadata(topic: topic, creatingMissing: false, timeoutMilliseconds: 5_000).error == nil
        }
        if !exists { throw TopicLog.Failure(description: "the new topic \(topic) does not appear") }
        return topic
    }

    /// Waits until the topic (by default the stage's) holds at least that many records; returns all that were read.
    @discardableResult
    func records(_ count: Int, in topic: String? = nil, seconds: Double = 30) throws -> [Record] {
        try TopicLog(topic ?? setup.topic, bootstrap: bootstrap).wait(for: count, seconds: seconds)
    }

    /// The numbers of the first that many records.
    func numbers(_ count: Int, in topic: String? = nil, seconds: Double = 30) throws -> [Int] {
        try records(count, in: topic, seconds: seconds).map { $0.number ?? -99 }
    }

    /// Waits until the event with this number has arrived.
    func waitFor(number: Int, seconds: Double = 60) throws {
        try TopicLog(setup.topic, bootstrap: bootstrap).wait(seconds: seconds) { $0.number == number }
    }

    /// Everything the topic holds now.
    func allRecords(in topic: String? = nil) throws -> [Record] {
        try TopicLog(topic ?? setup.topic, bootstrap: bootstrap).readToEnd()
    }

    func allNumbers(in topic: String? = nil) throws -> [Int] { try allRecords(in: topic).map { $0.number ?? -99 } }
}
