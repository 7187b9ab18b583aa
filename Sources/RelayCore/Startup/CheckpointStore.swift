import ByteCoding
public import PostgresClient

/// The checkpoint table. Statements are simple ones, so that they work on a replication connection as well.
public struct CheckpointStore: Sendable {
    public let table: QualifiedName

    public init(_ table: QualifiedName) { self.table = table }

    /// nil when the slot has no row.
    public func read(slot: String, on connection: Connection) throws(PostgresError) -> Checkpoint? {
        let result = try connection.execute(
            """
            SELECT phase, system_id, timeline, end_lsn, events, updated_at FROM \(table.quoted) \
            WHERE slot_name = \(quotedLiteral(slot))
            """)
        guard result.rowCount == 1 else { return nil }
        guard let phase = result.text(0, 0).flatMap({ Checkpoint.Phase(rawValue: $0) }), let system = result.text(0, 1),
            let timeline = result.integer(0, 2), let lsn = result.text(0, 3).flatMap({ LSN($0) })
        else {
            throw PostgresError(
                kind: .protocolViolation, message: "the checkpoint of slot \(slot) in \(table) cannot be read",
                hint: "outbox-relay checkpoint show")
        }
        return Checkpoint(
            slot: slot, phase: phase, systemID: system, timeline: timeline, endLSN: lsn,
            events: UInt64(max(0, result.integer(0, 4) ?? 0)), updatedAt: result.text(0, 5))
    }

    public func write(_ checkpoint: Checkpoint, on connection: Connection) throws(PostgresError) {
        try connection.execute(upsert(checkpoint))
    }

    /// Stores progress, never backwards: what another instance stored meanwhile, ahead of ours, stays. Otherwise the slot that it
    /// confirmed would stand beyond the checkpoint, and the next start would refuse it as advanced behind our back.
    func advance(_ checkpoint: Checkpoint, on connection: Connection) throws(PostgresError) {
        try connection.execute(
            upsert(checkpoint)
                + " WHERE c.system_id <> excluded.system_id OR (c.phase = excluded.phase AND c.end_lsn <= excluded.end_lsn)")
    }

    private func upsert(_ checkpoint: Checkpoint) -> String {
        """
        INSERT INTO \(table.quoted) AS c (slot_name, phase, system_id, timeline, end_lsn, events, updated_at) \
        VALUES (\(quotedLiteral(checkpoint.slot)), \(quotedLiteral(checkpoint.phase.rawValue)), \
        \(quotedLiteral(checkpoint.systemID)), \(checkpoint.timeline), \(quotedLiteral("\(checkpoint.endLSN)")), \
        \(checkpoint.events), now()) ON CONFLICT (slot_name) DO UPDATE SET phase = excluded.phase, \
        system_id = excluded.system_id, timeline = excluded.timeline, end_lsn = excluded.end_lsn, events = excluded.events, \
        updated_at = excluded.updated_at
        """
    }

    /// Returns whether there was a row.
    public func delete(slot: String, on connection: Connection) throws(PostgresError) -> Bool {
        try connection.execute("DELETE FROM \(table.quoted) WHERE slot_name = \(quotedLiteral(slot))").affectedRows > 0
    }

    /// Makes the table as the migration does, for databases whose outbox table is not ours.
    public func createIfMissing(on connection: Connection) throws(PostgresError) {
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS \(table.quoted) (slot_name text PRIMARY KEY, \
            phase text NOT NULL CHECK (phase IN ('snapshot', 'streaming')), system_id text NOT NULL, timeline bigint NOT NULL, \
            end_lsn pg_lsn NOT NULL, events bigint NOT NULL DEFAULT 0, updated_at timestamptz NOT NULL DEFAULT now())
            """)
    }
}
