import ConsumerKit
import Kafka
import PostgresClient
import RelayOperations

/// Reads a consumer's dead letters and what is parked behind them. What changes them runs inside the transactions of the effects.
struct LetterStore {
    /// Refused beyond: a change of more is better made in steps.
    private static let maximum = 1_000_000

    let session: ConsumerSession
    private var connection: Connection { session.connection }

    // MARK: Letters

    /// In the order of topics, partitions and offsets: that of Kafka within a key.
    func letters(
        _ selection: LetterSelection, openOnly: Bool, limit: Int, withRecords: Bool
    ) throws(OperationError) -> [StoredLetter] {
        let (condition, parameters) = selection.condition(consumer: session.name)
        let rows = try attempt("reading the dead letters") { () throws(PostgresError) in
            try connection.execute(
                """
                SELECT \(StoredLetter.columns(withRecord: withRecords)) FROM consumer_dead_letters d WHERE \(condition)\
                \(openOnly ? " AND state = 'open'" : "") ORDER BY topic, partition_number, record_offset LIMIT \(limit)
                """, parameters)
        }
        return (0..<rows.rowCount).compactMap { StoredLetter(rows, row: $0) }
    }

    /// How many there are of each class.
    func counts(_ selection: LetterSelection, openOnly: Bool) throws(OperationError) -> [(kind: String, count: Int64)] {
        let (condition, parameters) = selection.condition(consumer: session.name)
        let rows = try attempt("counting the dead letters") { () throws(PostgresError) in
            try connection.execute(
                """
                SELECT error_class, count(*) FROM consumer_dead_letters d WHERE \(condition)\(openOnly ? " AND state = 'open'" : "") \
                GROUP BY 1 ORDER BY 2 DESC, 1
                """, parameters)
        }
        return (0..<rows.rowCount).map { (rows.text($0, 0) ?? "", rows.integer($0, 1) ?? 0) }
    }

    /// The places of the chosen letters with their states; what they hold is read again one by one, so that many cost little memory.
    func choose(_ selection: LetterSelection) throws(OperationError) -> LetterChoice {
        let (condition, parameters) = selection.condition(consumer: session.name)
        let rows = try attempt("reading the dead letters") { () throws(PostgresError) in
            try connection.execute(
                """
                SELECT topic, partition_number, record_offset, state, event_id FROM consumer_dead_letters d WHERE \(condition) \
                ORDER BY topic, partition_number, record_offset LIMIT \(Self.maximum + 1)
                """, parameters)
        }
        guard rows.rowCount <= Self.maximum else {
            throw OperationError(
                "more than \(Quantity.count(Self.maximum)) letters: choose fewer by --since, --until, --topic or --reason")
        }
        var choice = LetterChoice()
        var missing = Set(selection.places.map(\.description) + selection.eventIDs)
        for row in 0..<rows.rowCount {
            let place = Self.place(rows, row)
            choice.add(place, state: rows.text(row, 3) ?? "")
            missing.remove(place.description)
            if let id = rows.text(row, 4) { missing.remove(id) }
        }
        guard missing.isEmpty else {
            throw OperationError(
                """
                no dead letter of \(session.name): \(missing.sorted().prefix(20).joined(separator: ", ")); \
                topic/partition:offset or an event id, as dlq list shows it
                """)
        }
        return choice
    }

    /// nil when there is none any more.
    func letter(_ place: RecordPlace) throws(OperationError) -> StoredLetter? {
        try letters(LetterSelection(words: [place.description]), openOnly: false, limit: 1, withRecords: true).first
    }

    /// An open letter of the same key that comes before this one.
    func firstBefore(_ letter: StoredLetter) throws(OperationError) -> RecordPlace? {
        guard let key = letter.key else { return nil }
        let rows = try attempt("looking for earlier dead letters") { () throws(PostgresError) in
            try connection.execute(
                """
                SELECT topic, partition_number, record_offset FROM consumer_dead_letters WHERE consumer_name = $1 AND topic = $2 \
                AND sha256(record_key) = sha256(decode($3, 'hex')) AND state = 'open' \
                AND (partition_number, record_offset) < ($4::int, $5::bigint) ORDER BY 2, 3 LIMIT 1
                """,
                [
                    .text(session.name), .text(letter.record.topic), .text(key), .integer(letter.record.partition),
                    .integer(letter.record.offset),
                ])
        }
        return rows.rowCount > 0 ? Self.place(rows, 0) : nil
    }

    /// Places of letters and parked events among these, in whatever state.
    func known(_ places: [RecordPlace], includesRetried: Bool) throws(OperationError) -> Set<RecordPlace> {
        guard !places.isEmpty else { return [] }
        let these = RecordPlace.condition(from: 2)
        let rows = try attempt("looking for dead letters") { () throws(PostgresError) in
            try connection.execute(
                """
                SELECT topic, partition_number, record_offset FROM consumer_dead_letters WHERE consumer_name = $1 AND \(these)\
                \(includesRetried ? "" : " AND state <> 'retried'") UNION ALL \
                SELECT topic, partition_number, record_offset FROM consumer_parked WHERE consumer_name = $1 AND \(these)
                """, [.text(session.name)] + RecordPlace.parameters(places))
        }
        return Set((0..<rows.rowCount).map { Self.place(rows, $0) })
    }

    // MARK: Parked events

    private static let isFree = """
        NOT EXISTS (SELECT 1 FROM consumer_dead_letters d WHERE d.consumer_name = p.consumer_name AND d.topic = p.topic \
        AND sha256(d.record_key) = sha256(p.record_key) AND d.state = 'open' \
        AND (d.partition_number, d.record_offset) < (p.partition_number, p.record_offset))
        """

    /// Keys, as hexadecimal digits, with parked events that no open letter holds.
    func freeKeys(limit: Int = 1_000) throws(OperationError) -> [(topic: String, key: String)] {
        let rows = try attempt("reading the parked events") { () throws(PostgresError) in
            try connection.execute(
                """
                SELECT DISTINCT topic, encode(record_key, 'hex') FROM consumer_parked p WHERE consumer_name = $1 AND \(Self.isFree) \
                ORDER BY 1, 2 LIMIT \(limit)
                """, [.text(session.name)])
        }
        return (0..<rows.rowCount).compactMap { row in
            rows.text(row, 0).flatMap { topic in rows.text(row, 1).map { (topic, $0) } }
        }
    }

    /// Parked events in all, and those that no open letter holds.
    func parkedCounts() throws(OperationError) -> (all: Int64, free: Int64) {
        let rows = try attempt("counting the parked events") { () throws(PostgresError) in
            try connection.execute(
                "SELECT count(*), count(*) FILTER (WHERE \(Self.isFree)) FROM consumer_parked p WHERE consumer_name = $1",
                [.text(session.name)])
        }
        return (rows.integer(0, 0) ?? 0, rows.integer(0, 1) ?? 0)
    }

    /// The first parked events of a key that no open letter holds, in their order.
    func parked(topic: String, key: String, limit: Int) throws(OperationError) -> [ParkedEvent] {
        let rows = try attempt("reading the parked events") { () throws(PostgresError) in
            try connection.execute(
                """
                SELECT \(StoredRecord.columns), event_id FROM consumer_parked p WHERE consumer_name = $1 AND topic = $2 \
                AND sha256(record_key) = sha256(decode($3, 'hex')) AND \(Self.isFree) ORDER BY partition_number, record_offset LIMIT \(limit)
                """, [.text(session.name), .text(topic), .text(key)])
        }
        return (0..<rows.rowCount).compactMap { row in
            StoredRecord.read(rows, row: row).map { ParkedEvent(record: $0, eventID: rows.text(row, 7)) }
        }
    }

    private static func place(_ rows: QueryResult, _ row: Int) -> RecordPlace {
        RecordPlace(
            topic: rows.text(row, 0) ?? "", partition: Int32(clamping: rows.integer(row, 1) ?? 0),
            offset: rows.integer(row, 2) ?? 0)
    }
}
