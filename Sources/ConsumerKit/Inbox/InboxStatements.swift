internal import Kafka
internal import PostgresClient

/// The kit's SQL around a batch. Values that are inlined are the kit's own: names as literals, numbers, and UUIDs that were checked.
/// Pure.
struct InboxStatements: Sendable {
    let name: String
    private let consumer: String
    private let lock: ConsumerLock

    init(consumer: String) {
        name = consumer
        self.consumer = quotedLiteral(consumer)
        lock = ConsumerLock(consumer: consumer)
    }

    // MARK: The beginning

    func begin(exclusive: Bool) -> String { "BEGIN; " + (exclusive ? lock.exclusive : lock.shared) }

    /// Whether any key of this consumer is blocked: one row, one boolean.
    var anyBlocked: String {
        """
        SELECT EXISTS (SELECT 1 FROM consumer_dead_letters WHERE consumer_name = \(consumer) AND state = 'open' \
        AND record_key IS NOT NULL) OR EXISTS (SELECT 1 FROM consumer_parked WHERE consumer_name = \(consumer))
        """
    }

    /// Which of these keys are blocked: rows of topic and key, as hexadecimal bytea.
    func blocked(_ keys: Set<BlockedKey>) -> String {
        var topics: [String] = []
        var texts: [String] = []
        for key in keys {
            topics.append(quotedLiteral(key.topic))
            texts.append("'\\x" + Hex.text(key.key) + "'::bytea")
        }
        let wanted = zip(topics, texts).map { "(\($0), \($1))" }.joined(separator: ", ")
        return """
            SELECT v.t, v.k FROM (VALUES \(wanted)) AS v(t, k) WHERE \
            EXISTS (SELECT 1 FROM consumer_dead_letters d WHERE d.consumer_name = \(consumer) AND d.state = 'open' \
            AND d.topic = v.t AND sha256(d.record_key) = sha256(v.k)) \
            OR EXISTS (SELECT 1 FROM consumer_parked p WHERE p.consumer_name = \(consumer) AND p.topic = v.t \
            AND sha256(p.record_key) = sha256(v.k))
            """
    }

    // MARK: Claims

    /// Claims events; a row for each that was not known, with its id. In the order of ids, so that two transactions that claim the
    /// same ones wait for each other instead of blocking each other.
    ///
    /// Without a row in consumer_state there is no epoch, which the column refuses.
    /// - Parameter looksAmongStrays: whether a claim of the same event may stand under a day that could not be right at its time. An
    ///   event that is a stray today may have been claimed under its own day when that was not so long ago: it is looked for everywhere.
    func claim(_ events: [(id: String, day: Int64)], looksAmongStrays: Bool) -> String {
        var ids = ""
        ids.reserveCapacity(events.count * 37)
        for event in events {
            if !ids.isEmpty { ids += "," }
            ids += event.id
        }
        let days: String
        let rows: String
        if let day = events.first?.day, events.allSatisfy({ $0.day == day }) {
            days = "DATE '\(CivilDay.text(day))'"
            rows = "unnest('{\(ids)}'::uuid[]) AS e(id)"
        } else {
            days = "e.day"
            let texts = events.map { CivilDay.text($0.day) }.joined(separator: ",")
            rows = "unnest('{\(ids)}'::uuid[], '{\(texts)}'::date[]) AS e(id, day)"
        }
        let stray = "DATE '\(CivilDay.text(EventDay.stray))'"
        let holdsStrays = events.contains { $0.day == EventDay.stray }
        let strays =
            looksAmongStrays || holdsStrays
            ? """
             WHERE NOT EXISTS (SELECT 1 FROM processed_events s WHERE s.consumer_name = \(consumer) AND s.epoch = \(epoch) \
            AND s.event_id = e.id AND (s.event_day = \(stray)\(holdsStrays ? " OR \(days) = \(stray)" : "")))
            """ : ""
        return """
            INSERT INTO processed_events (consumer_name, epoch, event_id, event_day) \
            SELECT \(consumer), \(epoch), e.id, \(days) FROM \(rows)\(strays) ORDER BY e.id \
            ON CONFLICT DO NOTHING RETURNING event_id
            """
    }

    /// Which of these events are claimed already: rows of ids.
    func known(_ ids: [String]) -> String {
        """
        SELECT event_id FROM processed_events WHERE consumer_name = \(consumer) AND epoch = \(epoch) \
        AND event_id = ANY ('{\(ids.joined(separator: ","))}'::uuid[])
        """
    }

    private var epoch: String { "(SELECT epoch FROM consumer_state WHERE consumer_name = \(consumer))" }

    /// Makes the consumer known. Idempotent.
    var register: String {
        "INSERT INTO consumer_state (consumer_name) VALUES (\(consumer)) ON CONFLICT DO NOTHING"
    }

    // MARK: Positions

    /// Moves marks forward. A mark that another transaction is moving at this moment is left to the next one: waiting for it would put
    /// the commits of all lanes into one queue.
    func moveMarks(_ marks: [(place: TopicPartition, offset: Int64)]) -> String {
        let values = marks.map { "(\(quotedLiteral($0.place.topic)), \($0.place.partition), \($0.offset)::bigint)" }
        return """
            UPDATE consumer_positions c SET next_offset = m.o, updated_at = now() FROM (SELECT p.topic, p.partition_number, v.o \
            FROM consumer_positions p JOIN (VALUES \(values.joined(separator: ", "))) AS v(t, n, o) \
            ON p.topic = v.t AND p.partition_number = v.n WHERE p.consumer_name = \(consumer) AND p.next_offset < v.o \
            FOR UPDATE OF p SKIP LOCKED) AS m WHERE c.consumer_name = \(consumer) AND c.topic = m.topic \
            AND c.partition_number = m.partition_number
            """
    }

    /// What the database has: rows of partition and mark.
    func readMarks(_ places: [TopicPartition]) -> String {
        let wanted = places.map { "(\(quotedLiteral($0.topic)), \($0.partition))" }.joined(separator: ", ")
        return """
            SELECT topic, partition_number, next_offset FROM consumer_positions WHERE consumer_name = \(consumer) \
            AND (topic, partition_number) IN (\(wanted))
            """
    }

    /// Makes sure that there is a mark for each, and sets those that are to be replaced.
    func settleMarks(_ starts: [(place: TopicPartition, offset: Int64)], replacing: Bool) -> String {
        let values = starts.map { "(\(consumer), \(quotedLiteral($0.place.topic)), \($0.place.partition), \($0.offset))" }
        let conflict =
            replacing
            ? "DO UPDATE SET next_offset = EXCLUDED.next_offset, updated_at = now()" : "DO NOTHING"
        return """
            INSERT INTO consumer_positions (consumer_name, topic, partition_number, next_offset) \
            VALUES \(values.joined(separator: ", ")) ON CONFLICT (consumer_name, topic, partition_number) \(conflict)
            """
    }

    /// Moves dead letters and parked events of partitions that were made anew below the offset 0, so that the places of the new
    /// records are free. Their order stays as it was, also behind that of an earlier time.
    func setAside(_ places: [TopicPartition]) -> String {
        let wanted = places.map { "(\(quotedLiteral($0.topic)), \($0.partition))" }.joined(separator: ", ")
        let ours = "consumer_name = \(consumer) AND (topic, partition_number) IN (\(wanted))"
        func shift(_ table: String) -> String {
            """
            UPDATE \(table) t SET record_offset = t.record_offset - s.by FROM s WHERE t.consumer_name = \(consumer) \
            AND t.topic = s.topic AND t.partition_number = s.partition_number
            """
        }
        // By more than what lies between first and last: no row moves to where another one still is.
        return """
            WITH s AS (SELECT topic, partition_number, max(record_offset) - min(record_offset) + 1 AS by FROM (\
            SELECT topic, partition_number, record_offset FROM consumer_dead_letters WHERE \(ours) UNION ALL \
            SELECT topic, partition_number, record_offset FROM consumer_parked WHERE \(ours)) AS r \
            GROUP BY topic, partition_number HAVING max(record_offset) >= 0), \
            letters AS (\(shift("consumer_dead_letters"))) \(shift("consumer_parked"))
            """
    }

    /// One row: open dead letters, parked events, and for how many seconds the oldest open letter has been one.
    var counts: String {
        """
        SELECT l.count, (SELECT count(*) FROM consumer_parked WHERE consumer_name = \(consumer)), l.age \
        FROM (SELECT count(*), extract(epoch FROM now() - min(first_failed_at)) AS age FROM consumer_dead_letters \
        WHERE consumer_name = \(consumer) AND state = 'open') AS l
        """
    }

    /// One row: letters that `dlq retry` has applied.
    var retriedCount: String {
        "SELECT count(*) FROM consumer_dead_letters WHERE consumer_name = \(consumer) AND state = 'retried'"
    }
}
