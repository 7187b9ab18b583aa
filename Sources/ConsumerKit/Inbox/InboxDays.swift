internal import PostgresClient
internal import Synchronization

/// Makes the inbox's day partitions when they are needed. Shared by the lanes of a consumer.
///
/// A partition is made in a transaction of its own, before the batch that needs it, under a lock that the makers of all processes
/// share; it is attached, which does not wait for running claims.
final class InboxDays: Sendable {
    private let known = Mutex<Set<Int64>>([])

    /// Whether events whose time could not be right were ever claimed.
    var hasStrays: Bool { known.withLock { $0.contains(EventDay.stray) } }

    /// Makes what is missing of these days. Not inside a transaction.
    func ensure(_ days: some Sequence<Int64>, on connection: Connection) throws(EffectError) {
        let missing = known.withLock { known in Set(days).subtracting(known) }
        guard !missing.isEmpty else { return }
        for day in missing.sorted() {
            try EffectError.kit { () throws(PostgresError) in try Self.make(day, on: connection) }
        }
        known.withLock { $0.formUnion(missing) }
    }

    /// Looks whether another process has begun to claim events of wrong times.
    func refreshStrays(on connection: Connection) throws(PostgresError) {
        let found = try connection.execute(
            """
            SELECT true FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid \
            WHERE i.inhparent = 'processed_events'::regclass AND c.relname = \(quotedLiteral(Self.partitionName(EventDay.stray)))
            """)
        if found.rowCount > 0 { _ = known.withLock { $0.insert(EventDay.stray) } }
    }

    /// Partitions may have been dropped: look again.
    func forget() { known.withLock { $0 = $0.filter { $0 == EventDay.stray } } }

    static func partitionName(_ day: Int64) -> String { "processed_events_" + CivilDay.text(day, separator: "") }

    private static func make(_ day: Int64, on connection: Connection) throws(PostgresError) {
        let parent = try connection.execute(
            """
            SELECT n.nspname, EXISTS (SELECT 1 FROM pg_catalog.pg_inherits i \
            JOIN pg_catalog.pg_class p ON p.oid = i.inhrelid WHERE i.inhparent = c.oid \
            AND p.relname = \(quotedLiteral(partitionName(day)))) FROM pg_catalog.pg_class c \
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = 'processed_events'::regclass
            """)
        guard parent.boolean(0, 1) != true, let schema = parent.text(0, 0) else { return }
        let whole = QualifiedName(schema: schema, name: "processed_events").quoted
        let part = QualifiedName(schema: schema, name: partitionName(day)).quoted
        try connection.transaction { () throws(PostgresError) in
            try connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('outbox-consumer-inbox-days', 0))")
            // Looked at again under the lock: another process may have made it meanwhile.
            guard try connection.execute("SELECT to_regclass(\(quotedLiteral(part)))").scalar == nil else { return }
            try connection.execute(
                """
                SET LOCAL lock_timeout = '10s'; \
                CREATE TABLE \(part) (LIKE \(whole) INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES INCLUDING STORAGE); \
                ALTER TABLE \(whole) ATTACH PARTITION \(part) \
                FOR VALUES FROM ('\(CivilDay.text(day))') TO ('\(CivilDay.text(day + 1))')
                """)
        }
    }
}
