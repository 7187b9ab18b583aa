internal import PostgresClient

/// Drops days of the inbox that are past their retention: claims of events that the topics do not hold any more.
struct InboxRetention: Sendable {
    /// How long a drop may wait for running claims, which it keeps waiting meanwhile, in ms.
    private static let lockMilliseconds = 2_000

    let days: Int64

    /// Drops every partition whose day lies before `today` - `days` and in which nothing was claimed within `days`.
    ///
    /// - Parameter today: days since 1970.
    /// - Returns: the names of those that were dropped.
    func run(today: Int64, on connection: Connection) throws(PostgresError) -> [String] {
        guard days > 0 else { return [] }
        var dropped: [String] = []
        let partitions = try connection.execute(
            """
            SELECT n.nspname, c.relname FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid \
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            WHERE i.inhparent = 'processed_events'::regclass AND c.relname ~ '^processed_events_[0-9]{8}$' \
            AND to_date(right(c.relname, 8), 'YYYYMMDD') < DATE '\(CivilDay.text(today - days))' ORDER BY c.relname
            """)
        for row in 0..<partitions.rowCount {
            guard let schema = partitions.text(row, 0), let name = partitions.text(row, 1) else { continue }
            let partition = QualifiedName(schema: schema, name: name).quoted
            do throws(PostgresError) {
                if try drop(partition, of: QualifiedName(schema: schema, name: "processed_events").quoted, on: connection) {
                    dropped.append(name)
                }
            } catch {
                // Busy, or in the way of a claim that got its locks the other way round: the next run finds it again.
                guard error.sqlState == .lockNotAvailable || error.sqlState == .deadlockDetected else { throw error }
            }
        }
        return dropped
    }

    /// False when something was claimed in it within `days`.
    private func drop(_ partition: String, of parent: String, on connection: Connection) throws(PostgresError) -> Bool {
        // The whole time is cut off, not only the day: an event of the first minute is as old as one of the last.
        let isInUse = "SELECT EXISTS (SELECT 1 FROM \(partition) WHERE processed_at > now() - interval '\(days) days')"
        guard try connection.execute(isInUse, timeoutMilliseconds: 600_000).boolean(0, 0) == false else { return false }
        return try connection.transaction { () throws(PostgresError) in
            // Looked at again under a lock that keeps only claims of that day out; all claims wait for nothing but the drop itself.
            try connection.execute(
                "SET LOCAL lock_timeout = \(Self.lockMilliseconds); LOCK TABLE \(partition) IN SHARE MODE")
            guard try connection.execute(isInUse, timeoutMilliseconds: 600_000).boolean(0, 0) == false else { return false }
            try connection.execute("LOCK TABLE ONLY \(parent) IN ACCESS EXCLUSIVE MODE; DROP TABLE \(partition)")
            return true
        }
    }
}
