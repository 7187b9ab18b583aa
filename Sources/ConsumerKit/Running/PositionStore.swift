internal import Kafka
internal import PostgresClient
internal import ServiceRuntime

/// The high-water marks in the database, as the poll thread reads and writes them.
final class PositionStore {
    private let settings: ConnectionSettings
    private let statements: InboxStatements
    private let lock: ConsumerLock
    private let stop: StopSignal
    private var connection: Connection?

    init(_ shared: RunnerShared) {
        var settings = shared.settings.postgres
        // A rebalance and the group's patience wait for this connection.
        settings.connectTimeoutMilliseconds = min(settings.connectTimeoutMilliseconds, 3_000)
        self.settings = settings
        statements = InboxStatements(consumer: shared.definition.name)
        lock = ConsumerLock(consumer: shared.definition.name)
        stop = shared.hardStop
    }

    func open() throws(PostgresError) -> Connection {
        if let connection, connection.isOpen { return connection }
        let opened = try Connection.open(settings, stop: stop)
        connection = opened
        return opened
    }

    /// Whether the session that read the marks is still there.
    var isOpen: Bool { connection?.isOpen == true }

    func close() { connection?.close() }

    /// Makes the consumer known. Throws `undefined_table` where the tables are missing.
    func register() throws(PostgresError) {
        let connection = try open()
        try connection.execute(statements.register)
        for table in ["processed_events", "consumer_positions", "consumer_dead_letters", "consumer_parked"] {
            try connection.execute("SELECT FROM \(quotedIdentifier(table)) LIMIT 0")
        }
    }

    func read(_ places: [TopicPartition]) throws(PostgresError) -> [TopicPartition: Int64] {
        try Self.read(places, statements, on: open())
    }

    static func read(
        _ places: [TopicPartition], _ statements: InboxStatements, on connection: Connection
    ) throws(PostgresError) -> [TopicPartition: Int64] {
        guard !places.isEmpty else { return [:] }
        let rows = try connection.execute(statements.readMarks(places))
        var marks: [TopicPartition: Int64] = [:]
        for row in 0..<rows.rowCount {
            if let place = TopicPartition(rows, row: row) { marks[place] = rows.integer(row, 2) }
        }
        return marks
    }

    /// Makes sure that each partition has a mark, and sets those that are to be replaced: there the topic was made anew, and what
    /// the tables have of its records makes room.
    func settle(_ starts: [(place: TopicPartition, offset: Int64, replaces: Bool)]) throws(PostgresError) {
        let connection = try open()
        let known = starts.filter { !$0.replaces }.map { ($0.place, $0.offset) }
        if !known.isEmpty { try connection.execute(statements.settleMarks(known, replacing: false)) }
        let replaced = starts.filter(\.replaces).map { ($0.place, $0.offset) }
        guard !replaced.isEmpty else { return }
        // Alone, because a command may be at the letters.
        try connection.transaction("BEGIN; SET LOCAL lock_timeout = '2s'; \(lock.exclusive)") { () throws(PostgresError) in
            try connection.execute(statements.setAside(replaced.map(\.0)))
            try connection.execute(statements.settleMarks(replaced, replacing: true))
        }
    }

    /// Moves marks forward that no batch has written.
    func move(_ marks: [(place: TopicPartition, offset: Int64)], timeoutMilliseconds: Int64) throws(PostgresError) {
        guard !marks.isEmpty else { return }
        try open().execute(statements.moveMarks(marks), timeoutMilliseconds: timeoutMilliseconds)
    }
}
