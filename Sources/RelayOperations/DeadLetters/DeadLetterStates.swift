import PostgresClient
import RelayCore

/// What became of dead letters, in a table beside the checkpoints. Kafka deletes no single record, so a letter that was dealt with
/// stays in its topic until the topic's retention takes it; the table says that it is dealt with.
struct DeadLetterStates {
    enum State: String, Sendable {
        case open
        case retried
        case discarded
    }

    struct Key: Hashable, Sendable {
        let position: DeadLetterPosition
        /// Of the record, ms: offsets begin anew when a topic is made anew.
        let timestamp: Int64

        init(_ letter: DeadLetter) {
            position = letter.position
            timestamp = letter.timestamp
        }

        init(position: DeadLetterPosition, timestamp: Int64) {
            self.position = position
            self.timestamp = timestamp
        }
    }

    let session: OperatorSession
    /// The dead-letter topic.
    let topic: String

    var table: QualifiedName { QualifiedName(schema: session.options.checkpointTable.schema, name: "outbox_dead_letters") }

    /// All that were dealt with; empty when there is no table yet.
    func read() throws(OperationError) -> [Key: State] {
        guard try session.table(table) != nil else { return [:] }
        let result = try attempt("reading \(table.shown)") { () throws(PostgresError) in
            try session.connection.execute(
                "SELECT partition_number, record_offset, record_time, state FROM \(table.quoted) WHERE topic = $1", [.text(topic)]
            )
        }
        var states: [Key: State] = [:]
        for row in 0..<result.rowCount {
            guard let partition = result.integer(row, 0), let offset = result.integer(row, 1), let time = result.integer(row, 2),
                let state = result.text(row, 3).flatMap({ State(rawValue: $0) })
            else { continue }
            let position = DeadLetterPosition(partition: Int32(truncatingIfNeeded: partition), offset: offset)
            states[Key(position: position, timestamp: time)] = state
        }
        return states
    }

    /// Makes the table as the migration does, where it is missing and the role may.
    func prepare() throws(OperationError) {
        guard try session.table(table) == nil else { return }
        do throws(PostgresError) {
            try session.connection.execute(
                """
                CREATE TABLE IF NOT EXISTS \(table.quoted) (topic text NOT NULL, partition_number integer NOT NULL, \
                record_offset bigint NOT NULL, record_time bigint NOT NULL, event_id text, \
                state text NOT NULL CHECK (state IN ('retried', 'discarded')), changed_by text NOT NULL DEFAULT current_user, \
                changed_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (topic, partition_number, record_offset, record_time))
                """)
        } catch {
            throw OperationError("the table \(table.shown) does not exist and cannot be made: \(error); outbox-relay migrate up")
        }
    }

    /// Only one operator at a time changes the letters of a topic. The lock ends with the session.
    func lock() throws(OperationError) {
        let name = quotedLiteral("outbox-relay dlq \(topic)")
        let isOurs = try session.scalar("locking the dead letters", "SELECT pg_try_advisory_lock(hashtextextended(\(name), 0))")
        guard isOurs == "t" else {
            throw OperationError("somebody else retries or discards letters of \(topic) right now; wait until that is done")
        }
    }

    /// Notes what became of letters. Within the caller's transaction.
    func write(_ letters: [DeadLetter], _ state: State) throws(PostgresError) {
        for letter in letters {
            try session.connection.execute(
                """
                INSERT INTO \(table.quoted) (topic, partition_number, record_offset, record_time, event_id, state) \
                VALUES ($1, $2::integer, $3::bigint, $4::bigint, $5, $6) ON CONFLICT DO NOTHING
                """,
                [
                    .text(topic), .integer(letter.position.partition), .integer(letter.position.offset),
                    .integer(letter.timestamp), .optional(letter.eventID), .text(state.rawValue),
                ])
        }
    }

    /// Forgets letters that the topic does not hold any more.
    ///
    /// - Parameter starts: the oldest offset of each partition.
    func prune(_ starts: [(partition: Int32, start: Int64)]) throws(OperationError) {
        for (partition, start) in starts where start > 0 {
            _ = try attempt("tidying \(table.shown)") { () throws(PostgresError) in
                try session.connection.execute(
                    """
                    DELETE FROM \(table.quoted) WHERE topic = $1 AND partition_number = $2::integer \
                    AND record_offset < $3::bigint
                    """,
                    [.text(topic), .integer(partition), .integer(start)])
            }
        }
    }
}
