import ConsumerKit
import PostgresClient
import Synchronization

/// What was sent to the data platform: the table `data_platform_deliveries`.
///
/// Written over connections of its own, each statement committed at once: what the outer world has been told stays told when the
/// transaction of the batch is rolled back, and must not be told again.
final class DeliveryRecords: Sendable {
    /// A result to be kept.
    struct Record {
        let eventID: String
        let idempotencyKey: String
        let status: Int?
        let attempts: Int
    }

    /// Lent to one thread at a time.
    private final class Session: @unchecked Sendable {
        let connection: Connection
        init(_ connection: Connection) { self.connection = connection }
    }

    private let settings: ConnectionSettings
    private let pool = LanePool<Session>()
    private let cleanup = Mutex(CleanupSchedule())

    init(_ settings: ConnectionSettings) { self.settings = settings }

    /// Which of the events were delivered.
    func delivered(among eventIDs: [String], _ transaction: EffectTransaction) throws(EffectError) -> Set<String> {
        let rows = try transaction.execute(
            """
            SELECT event_id FROM data_platform_deliveries
            WHERE event_id = ANY ($1::text[]::uuid[]) AND status_code BETWEEN 200 AND 299
            """, [.texts(eventIDs)])
        return Set((0..<rows.rowCount).compactMap { rows.text($0, 0) })
    }

    /// Adds these to what is known of the events.
    func add(_ records: [Record]) throws(EffectError) {
        guard !records.isEmpty else { return }
        try execute(
            """
            INSERT INTO data_platform_deliveries AS d (event_id, idempotency_key, status_code, attempts)
            SELECT event_id::uuid, idempotency_key, status_code, attempts
            FROM unnest($1::text[], $2::text[], $3::text[]::integer[], $4::bigint[])
                 AS r (event_id, idempotency_key, status_code, attempts)
            ORDER BY event_id
            ON CONFLICT (event_id) DO UPDATE
            SET status_code = CASE WHEN d.status_code BETWEEN 200 AND 299 THEN d.status_code ELSE EXCLUDED.status_code END,
                attempts = d.attempts + EXCLUDED.attempts, updated_at = now()
            """,
            [
                .texts(records.map(\.eventID)), .texts(records.map(\.idempotencyKey)),
                .texts(records.map { $0.status.map { String($0) } }), .integers(records.map { Int64($0.attempts) }),
            ])
    }

    /// Whether this event was tried that often in vain while the API took others, within the last minute still.
    func isAloneInFailing(_ eventID: String, attempts: Int) throws(EffectError) -> Bool {
        let row = try execute(
            """
            SELECT attempts >= $2::bigint AND EXISTS (
                SELECT FROM data_platform_deliveries
                WHERE status_code BETWEEN 200 AND 299 AND updated_at > now() - interval '1 minute')
            FROM data_platform_deliveries WHERE event_id = $1::uuid
            """, [.text(eventID), .integer(attempts)])
        return row.rowCount == 1 && row.boolean(0, 0) == true
    }

    /// Once an hour, removes rows that no repetition can ask for any more: older than the topic's 30 days. What goes wrong with that is
    /// no matter of the batch in which it is done: it is tried again.
    func cleanUp(now milliseconds: Int64) {
        guard cleanup.withLock({ $0.begin(now: milliseconds) }) else { return }
        var removed: Int?
        do throws(EffectError) {
            removed = try execute(
                """
                DELETE FROM data_platform_deliveries WHERE event_id IN
                (SELECT event_id FROM data_platform_deliveries WHERE updated_at < now() - interval '35 days'
                 ORDER BY updated_at LIMIT $1::bigint)
                """, [.integer(CleanupSchedule.rows)]
            ).affectedRows
        } catch {}
        cleanup.withLock { $0.finish(removed: removed, now: milliseconds) }
    }

    /// A kept session that turns out to be broken is replaced by a new one, once.
    @discardableResult
    private func execute(_ sql: String, _ parameters: [QueryParameter]) throws(EffectError) -> QueryResult {
        do throws(PostgresError) {
            if let kept = pool.take() {
                do throws(PostgresError) {
                    let result = try kept.connection.execute(sql, parameters)
                    pool.giveBack(kept)
                    return result
                } catch {
                    guard error.isConnectionLoss else {
                        pool.giveBack(kept)
                        throw error
                    }
                    pool.clear()
                }
            }
            let session = Session(try Connection.open(settings))
            let result = try session.connection.execute(sql, parameters)
            pool.giveBack(session)
            return result
        } catch {
            throw EffectError(error)
        }
    }
}
