internal import PostgresClient

/// Writes what a batch publishes into the outbox: one statement, however many events. Pure.
struct OutboxWriter: Sendable {
    private let sql: String

    init(table: QualifiedName) {
        sql = """
            INSERT INTO \(table.quoted) (topic, aggregate_type, aggregate_id, event_type, partition_key, payload, headers) \
            SELECT t, a, i, e, k, p::jsonb, CASE WHEN h IS NOT NULL THEN jsonb_build_object('traceparent', h) END \
            FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) \
            WITH ORDINALITY AS m(t, a, i, e, k, p, h, n) ORDER BY n
            """
    }

    func write(_ messages: [OutboxMessage], on connection: Connection, timeoutMilliseconds: Int64) throws(PostgresError) {
        guard !messages.isEmpty else { return }
        try connection.execute(
            sql,
            [
                .texts(messages.map(\.topic)), .texts(messages.map(\.aggregateType)), .texts(messages.map(\.aggregateID)),
                .texts(messages.map(\.eventType)), .texts(messages.map(\.key)), .texts(messages.map(\.payload)),
                .texts(messages.map(\.traceparent)),
            ], timeoutMilliseconds: timeoutMilliseconds)
    }
}
