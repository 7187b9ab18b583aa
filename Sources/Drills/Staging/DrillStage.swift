import Glibc
import Kafka
public import LocalServers
public import PostgresClient
import ServiceRuntime

/// What one drill is played on: a server, a database with the outbox tables, two topics, a workload that writes to both, somebody
/// who follows them, and somebody who watches the WAL.
public final class DrillStage {
    public let name: String
    public let server: TemporaryPostgres
    public let dsn: String
    public let workload: OutboxWorkload
    public let tail: TopicTail
    public var setup: RelaySetup
    private let topics: [String]
    private let bootstrap: String
    private let wal: WALPeak
    private var problems: [String] = []
    private var relays: [RelayUnderTest] = []

    /// Makes everything and starts nothing but the watchers.
    ///
    /// - Parameters:
    ///   - name: of database, slot, publication and topics; a letter and then letters, digits and underscores.
    ///   - settings: of the relays.
    ///   - change: what this drill's workload has different from others.
    public init(
        _ name: String, server: TemporaryPostgres, ground: DrillGround, eventsPerSecond: Int = 1_000,
        settings: [(key: String, value: String)] = [], workload change: (inout OutboxWorkload.Options) -> Void = { _ in }
    ) throws {
        // A broker is shared by drills, and its topics outlive them.
        self.name = "\(name)_\(getpid())_\(UInt32.random(in: 0..<1_000_000))"
        self.server = server
        bootstrap = ground.kafka.bootstrap
        let admin = try Connection.open(ConnectionSettings(dsn: server.dsn(), applicationName: "drill"))
        try admin.execute("CREATE DATABASE \(quotedIdentifier(self.name))")
        dsn = server.dsn(database: self.name)
        let connection = try Connection.open(ConnectionSettings(dsn: dsn, applicationName: "drill"))
        try OutboxSchema.apply(on: connection)
        setup = RelaySetup(name: self.name, dsn: dsn, bootstrap: bootstrap, settings: settings)
        topics = [setup.topic, "\(self.name).second"]
        try DrillTopics.create(topics.map { NewTopic(name: $0) }, bootstrap: bootstrap)
        var options = OutboxWorkload.Options()
        options.eventsPerSecond = eventsPerSecond
        options.topics = [nil, topics[1]]
        options.seed = ground.seed
        change(&options)
        workload = try OutboxWorkload(dsn: dsn, options: options)
        tail = try TopicTail(topics, bootstrap: bootstrap)
        wal = try WALPeak(dsn: server.dsn())
    }

    deinit {
        workload.stop()
        tail.stop()
        wal.finish()
        for relay in relays { relay.kill() }
        server.destroy()
    }

    // MARK: Playing

    /// Starts a relay with the drill's settings.
    public func startRelay() throws -> RelayUnderTest {
        let relay = try setup.start()
        relays.append(relay)
        return relay
    }

    /// A session of the superuser in the drill's database.
    public func session() throws -> Connection {
        try Connection.open(ConnectionSettings(dsn: dsn, applicationName: "drill"))
    }

    /// Notes a broken promise and goes on.
    public func expect(_ condition: Bool, _ problem: @autoclosure () -> String) {
        if !condition { problems.append(problem()) }
    }

    /// Waits until that many more events have arrived; the drill cannot go on without.
    public func waitFor(moreEvents count: Int, seconds: Double = 60) throws {
        let goal = tail.eventCount + count
        guard tail.waitFor(events: goal, seconds: seconds) else { throw stalled("\(goal) events") }
    }

    /// Waits until the relay is in a phase.
    public func waitFor(_ phase: String, of relay: RelayUnderTest, seconds: Double = 60) throws {
        try relay.waitFor("the phase \(phase)", seconds: seconds) { $0.phase == phase }
    }

    /// Ends whatever streams from the slot, as an administrator does, and waits until it is gone.
    public func endStream(_ connection: Connection) throws {
        try connection.execute(
            "SELECT pg_terminate_backend(active_pid) FROM pg_catalog.pg_replication_slots WHERE slot_name = $1 AND active",
            [.text(setup.name)])
        _ = Await.until(seconds: 10) {
            (try? connection.execute(
                "SELECT 1 FROM pg_catalog.pg_replication_slots WHERE slot_name = $1 AND active", [.text(setup.name)]
            ).rowCount) == 0
        }
    }

    /// Stops the relay's process when none of its sessions is in a transaction: a slot cannot be made while one stays open.
    public func freezeBetweenTransactions(_ relay: RelayUnderTest, _ connection: Connection) throws {
        let isFrozen = try Await.until(seconds: 20) {
            relay.signal(SIGSTOP)
            // What the server is still doing for it ends by itself, unless it waits for the relay's next statement.
            _ = try Await.until(seconds: 2, everyMilliseconds: 10) { try openTransactions(connection, "active") == 0 }
            if try openTransactions(connection, "idle in transaction") == 0 { return true }
            relay.signal(SIGCONT)
            return false
        }
        guard isFrozen else { throw DrillFailure("\(name): the relay is in a transaction all the time") }
    }

    private func openTransactions(_ connection: Connection, _ state: String) throws -> Int64 {
        let found = try connection.execute(
            """
            SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = current_database() AND state = $1
            AND backend_type = 'client backend' AND starts_with(application_name, 'outbox-relay')
            """, [.text(state)])
        return found.integer(0, 0) ?? 0
    }

    /// Events that are committed and not covered by the stored checkpoint: what a relay that dies now may repeat.
    public func unconfirmedEvents() throws -> Int {
        let result = try session().execute(
            """
            SELECT (SELECT count(*) FROM outbox_events) - coalesce((SELECT events FROM outbox_checkpoints WHERE slot_name = $1), 0)
            """, [.text(setup.name)])
        return result.scalar.flatMap { Int($0) } ?? 0
    }

    // MARK: The end

    /// Stops writing, waits until all that is in the table has arrived and is marked, ends the relays, and compares.
    ///
    /// - Parameters:
    ///   - duplicateLimit: repetitions that the drill's faults explain; what a living relay called back is added.
    ///   - allowsInterleavings: see `DeliveryVerdict`. What a frozen broker had in its socket may be written among what came since.
    public func finish(
        duplicateLimit: Int, allowsInterleavings: Bool = true, note: String = "", seconds: Double = 90
    ) throws -> DrillOutcome {
        workload.stop()
        expect(workload.problems.isEmpty, "the workload itself failed: \(workload.problems.prefix(3))")
        let written = try OutboxWorkload.truth(dsn: dsn)
        guard tail.waitFor(events: written.count, seconds: seconds) else { throw stalled("all \(written.count) events") }
        var statuses: [String: Int] = [:]
        _ = Await.until(seconds: seconds, everyMilliseconds: 50) {
            statuses = (try? OutboxWorkload.statuses(dsn: dsn)) ?? [:]
            return statuses == ["PUBLISHED": written.count]
        }
        expect(statuses == ["PUBLISHED": written.count], "rows at the end: \(statuses) of \(written.count)")
        var duplicateLimit = duplicateLimit
        for relay in relays where relay.isRunning {
            duplicateLimit += relay.calledBackEvents
            let ending = try relay.terminate()
            expect(ending == .exited(0), "a relay ended with \(ending): \(relay.logTail(5))")
        }
        tail.stop()
        wal.finish()
        let audit = DeliveryAudit(written: written, delivered: try TopicReader.read(topics, bootstrap: bootstrap))
        problems +=
            DeliveryVerdict(
                audit, of: workload, written: written, duplicateLimit: duplicateLimit, allowsInterleavings: allowsInterleavings
            ).problems
        return DrillOutcome(
            name: String(name.prefix { $0 != "_" }), audit: audit, duplicateLimit: duplicateLimit, longestGap: tail.longestGap,
            walPeakBytes: wal.bytes, note: note, problems: problems)
    }

    /// The most WAL that the server kept for slots so far, in bytes.
    public var walPeakBytes: Int64 { wal.bytes }

    private func stalled(_ what: String) -> DrillFailure {
        let logs = relays.map { relay in "\(relay.status().map { "\($0)" } ?? "no status")\n\(relay.logTail())" }
        return DrillFailure(
            "\(name): waited in vain for \(what); there are \(tail.eventCount)\n\(logs.joined(separator: "\n---\n"))")
    }
}
