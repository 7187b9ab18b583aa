internal import Kafka
internal import PostgresClient

/// Writes dead letters and parked events into their tables: one statement each, however many there are. Pure.
struct DeadLetterTable: Sendable {
    private struct Place: Hashable {
        let partition: TopicPartition
        let offset: Int64
    }

    let consumer: String

    /// Records dead letters, inside the batch's transaction.
    ///
    /// A place that another record has is that of a topic which was made anew without anybody noticing: the new letter takes it, and the
    /// old one is in the dead-letter topic only.
    ///
    /// - Returns: the letters that were not recorded before, with the hashes of their values: only these are to be sent.
    func record(_ letters: [DeadLetter], on connection: Connection) throws(PostgresError) -> [DeadLetter] {
        let rows = try connection.execute(
            """
            INSERT INTO consumer_dead_letters AS d (consumer_name, topic, partition_number, record_offset, record_time, event_id, \
            record_key, record_value, headers, error_class, reason, attempts, first_failed_at, failed_at, dlq_topic) \
            SELECT $1, t, p, o, rt, id, k::bytea, v::bytea, h::jsonb, c, r, a, f::timestamptz, l::timestamptz, d \
            FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::uuid[], $7::text[], $8::text[], $9::text[], \
            $10::text[], $11::text[], $12::int[], $13::text[], $14::text[], $15::text[]) \
            AS x(t, p, o, rt, id, k, v, h, c, r, a, f, l, d) \
            ON CONFLICT ON CONSTRAINT consumer_dead_letters_pkey DO UPDATE SET record_time = EXCLUDED.record_time, \
            event_id = EXCLUDED.event_id, record_key = EXCLUDED.record_key, record_value = EXCLUDED.record_value, \
            headers = EXCLUDED.headers, error_class = EXCLUDED.error_class, reason = EXCLUDED.reason, attempts = EXCLUDED.attempts, \
            first_failed_at = EXCLUDED.first_failed_at, failed_at = EXCLUDED.failed_at, dlq_topic = EXCLUDED.dlq_topic, \
            state = 'open', changed_at = NULL, changed_by = NULL \
            WHERE (d.record_time, d.event_id, sha256(d.record_value)) \
            IS DISTINCT FROM (EXCLUDED.record_time, EXCLUDED.event_id, sha256(EXCLUDED.record_value)) \
            RETURNING d.topic, d.partition_number, d.record_offset, encode(sha256(d.record_value), 'hex')
            """,
            [.text(consumer)] + Self.places(letters.map(\.record)) + [
                .texts(letters.map(\.eventID)), .texts(letters.map { Self.bytea($0.record.key) }),
                .texts(letters.map { Self.bytea($0.record.value) }), .texts(letters.map { HeaderJSON.text($0.record.headers) }),
                .texts(letters.map(\.cause.kind.rawValue)), .texts(letters.map(\.cause.reason.withoutNUL)),
                .integers(letters.map { Int64($0.cause.attempts) }),
                .texts(letters.map { InstantText.text($0.cause.firstFailedAt) }),
                .texts(letters.map { InstantText.text($0.cause.lastFailedAt) }), .texts(letters.map(\.topic)),
            ])
        var hashes: [Place: String?] = [:]
        for row in 0..<rows.rowCount {
            guard let partition = TopicPartition(rows, row: row), let offset = rows.integer(row, 2) else { continue }
            hashes[Place(partition: partition, offset: offset)] = .some(rows.text(row, 3))
        }
        return letters.compactMap { letter in
            let record = letter.record
            let partition = TopicPartition(record.topic, record.partition)
            guard let hash = hashes[Place(partition: partition, offset: record.offset)] else { return nil }
            var letter = letter
            letter.valueSHA256 = hash
            return letter
        }
    }

    /// Sets events aside that wait behind a dead letter of their key, inside the batch's transaction.
    ///
    /// - Throws: `unknown` when another event waits at the place of one of them: the topic was made anew without anybody noticing, and
    ///   an event that nowhere else exists must not be lost.
    func park(_ events: [(record: Record, id: String)], on connection: Connection) throws(EffectError) {
        let parked = try EffectError.kit { () throws(PostgresError) in
            try connection.execute(
                """
                INSERT INTO consumer_parked AS w (consumer_name, topic, partition_number, record_offset, record_time, event_id, \
                record_key, record_value, headers) \
                SELECT $1, t, p, o, rt, id, k::bytea, v::bytea, h::jsonb \
                FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::uuid[], $7::text[], $8::text[], $9::text[]) \
                AS x(t, p, o, rt, id, k, v, h) \
                ON CONFLICT ON CONSTRAINT consumer_parked_pkey DO UPDATE SET parked_at = w.parked_at WHERE w.event_id = EXCLUDED.event_id
                """,
                [.text(consumer)] + Self.places(events.map(\.record)) + [
                    .texts(events.map(\.id)), .texts(events.map { Self.bytea($0.record.key) }),
                    .texts(events.map { Self.bytea($0.record.value) }), .texts(events.map { HeaderJSON.text($0.record.headers) }),
                ])
        }
        guard parked.affectedRows == events.count else {
            throw EffectError(
                .unknown, "an event of a topic that was made anew since waits at the place of one that is to be set aside")
        }
    }

    /// Four array parameters: topic, partition, offset, time.
    private static func places(_ records: [Record]) -> [QueryParameter] {
        [
            .texts(records.map(\.topic)), .integers(records.map { Int64($0.partition) }), .integers(records.map(\.offset)),
            .texts(records.map { $0.timestampMilliseconds.map { String($0) } }),
        ]
    }

    private static func bytea(_ bytes: [UInt8]?) -> String? { bytes.map { "\\x" + Hex.text($0) } }
}
