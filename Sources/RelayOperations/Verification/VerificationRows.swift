import OutboxModel
import PostgresClient
import RelayCore
import ServiceRuntime

/// The table's rows as `verify` needs them: id, key, topic, order, time and state, one at a time. One thread's.
final class VerificationRows {
    enum State { case published, waiting, dead, young }

    /// Valid while it is lent.
    struct Row {
        let id: EventFingerprint
        /// Hash of the Kafka key.
        let key: UInt64
        /// nil when the row cannot become a message.
        let topic: String?
        let sequence: Int64?
        /// Unix µs.
        let createdAt: Int64?
        let publishedAt: Int64?
        let state: State
        let source: QueryResult

        var isPublished: Bool { state == .published }
        var idText: String { source.text(0, 0) ?? "" }
    }

    let table: OutboxTable
    let knowsOrder: Bool
    let knowsState: Bool
    private let session: OperatorSession
    private let options: VerificationOptions
    private let stop: StopSignal
    private let hasStatus: Bool
    private let now: Int64

    init(_ session: OperatorSession, _ options: VerificationOptions, stop: StopSignal) throws(OperationError) {
        self.session = session
        self.options = options
        self.stop = stop
        table = try OutboxTable(session)
        // With after.publish=keep nobody writes the status.
        hasStatus = table.has(.status) && session.options.afterPublish != .keep
        knowsOrder = ["bigint", "integer", "smallint"].contains(table.type(.sequence) ?? "")
        knowsState = hasStatus || table.microseconds(.createdAt) != nil
        let time = try session.scalar(
            "reading the server's clock", "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        now = time.flatMap { Int64($0) } ?? MonotonicTime.wallClockMicroseconds()
        _ = try table.condition(options.range)
    }

    private func condition() throws(OperationError) -> String {
        let parts = try table.condition(options.range)
        return parts.isEmpty ? "" : " WHERE " + parts.joined(separator: " AND ")
    }

    func count() throws(OperationError) -> Int {
        let condition = try condition()
        let connection = try open()
        let text = try attempt("counting the rows") { () throws(PostgresError) in
            try connection.execute(
                "SELECT count(*) FROM \(table.name.quoted)\(condition)", timeoutMilliseconds: 3_600_000
            ).scalar
        }
        return text.flatMap { Int($0) } ?? 0
    }

    private func open() throws(OperationError) -> Connection {
        try attempt("connecting to Postgres") { () throws(PostgresError) in
            let connection = try Connection.open(session.options.postgres, stop: stop)
            connection.cancelsOnStop = true
            return connection
        }
    }

    /// Lends every row of the range, in no order, as one statement sees them.
    func read(_ body: (Row) throws(OperationError) -> Void) throws(OperationError) {
        let composer = RowComposer(session.options, format: .payload)
        let columns = [
            knowsOrder ? table.column(.sequence) ?? "NULL" : "NULL", table.microseconds(.createdAt) ?? "NULL",
            table.microseconds(.publishedAt) ?? "NULL", hasStatus ? (table.column(.status) ?? "NULL") + "::text" : "NULL",
        ]
        let names = columns.enumerated().map { "\($1) AS \"verify \($0)\"" }.joined(separator: ", ")
        let statement = "SELECT \(table.routeColumns), \(names) FROM \(table.name.quoted)\(try condition())"
        let connection = try open()
        var topicNames: [UInt64: String] = [:]
        _ = try connection.forEachRow(
            statement, timeoutMilliseconds: 600_000, failure: { OperationError("reading \(self.table.name.shown): \($0)") }
        ) { row throws(OperationError) in
            let first = row.columnCount - columns.count
            let createdAt = row.integer(0, first + 1)
            let state = state(row.text(0, first + 3), createdAt)
            var id = EventFingerprint(high: 0, low: 0)
            var key: UInt64 = 0
            var place: UInt64 = 0
            let isMessage = try composer.route(row) { topic, idBytes, keyBytes in
                id = EventFingerprint(idBytes)
                key = EventFingerprint.hash(keyBytes)
                place = UInt64(topic.index) << 32 | UInt64(topic.generation)
                if topicNames[place] == nil { topicNames[place] = composer.topicName(topic) }
            }
            let topic = isMessage ? topicNames[place] : nil
            if let wanted = options.topic, topic != wanted { return }
            try body(
                Row(
                    id: id, key: key, topic: topic, sequence: row.integer(0, first), createdAt: createdAt,
                    publishedAt: row.integer(0, first + 2), state: state, source: row))
        }
    }

    private func state(_ status: String?, _ createdAt: Int64?) -> State {
        guard hasStatus else {
            guard let createdAt else { return .young }
            return createdAt <= now - options.lag ? .published : .young
        }
        switch status {
        case "PUBLISHED": return .published
        case "DEAD": return .dead
        default: return .waiting
        }
    }
}
