public import ByteCoding
public import PostgresClient
public import PostgresReplication
public import RelayCore

/// One ordinary database session for an operator's command, with the settings that name its objects.
///
/// Belongs to the thread of the command. Errors of the server become sentences that name what was attempted.
public final class OperatorSession {
    public let options: RelayOptions
    public let connection: Connection

    /// Connects. Throws a sentence with the server's reason, never with the connection string.
    public init(_ options: RelayOptions) throws(OperationError) {
        self.options = options
        connection = try attempt("connecting to Postgres") { () throws(PostgresError) in try Connection.open(options.postgres) }
    }

    /// The slot of the settings; nil when it does not exist.
    public func slot() throws(OperationError) -> ReplicationSlot? {
        try attempt("reading the slot \(options.slotName)") { () throws(PostgresError) in
            try SlotCatalog(connection).find(options.slotName)
        }
    }

    /// The slot, or a refusal that says so.
    public func existingSlot() throws(OperationError) -> ReplicationSlot {
        guard let slot = try slot() else {
            throw OperationError("the slot \(options.slotName) does not exist; outbox-relay slot list shows those that do")
        }
        return slot
    }

    public func publication() throws(OperationError) -> Publication? {
        try attempt("reading the publication \(options.publicationName)") { () throws(PostgresError) in
            try PublicationCatalog(connection).find(options.publicationName, table: options.table)
        }
    }

    /// The outbox table as the catalog describes it; nil when it does not exist.
    public func table() throws(OperationError) -> ServerFacts.Table? { try table(options.table) }

    public func table(_ name: QualifiedName) throws(OperationError) -> ServerFacts.Table? {
        try attempt("reading the table \(name)") { () throws(PostgresError) in
            try ServerFactsReader(connection, isReplication: false).table(name)
        }
    }

    /// The slot's checkpoint; nil when there is no row, or no table for it yet.
    public func checkpoint() throws(OperationError) -> Checkpoint? {
        guard try table(options.checkpointTable) != nil else { return nil }
        return try attempt("reading the checkpoint in \(options.checkpointTable)") { () throws(PostgresError) in
            try CheckpointStore(options.checkpointTable).read(slot: options.slotName, on: connection)
        }
    }

    /// The end of WAL: insert position of a primary, replay position of a standby.
    public func walEnd() throws(OperationError) -> LSN {
        let text = try scalar(
            "reading the end of WAL",
            "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END")
        guard let lsn = text.flatMap({ LSN($0) }) else { throw OperationError("the server did not tell its end of WAL") }
        return lsn
    }

    /// Which cluster this is. Asked over a replication session where the role may have one, else of the control file, which an
    /// administrator may have closed to others.
    public func identity() throws(OperationError) -> SystemIdentity {
        if let walSender = try? Connection.open(options.postgres.with(isReplication: true)),
            let identity = try? SystemIdentity.read(on: walSender)
        {
            return identity
        }
        let row = try attempt("reading the system identifier") { () throws(PostgresError) in
            try connection.execute(
                """
                SELECT s.system_identifier, c.timeline_id FROM pg_catalog.pg_control_system() s, \
                pg_catalog.pg_control_checkpoint() c
                """)
        }
        guard let id = row.text(0, 0), let timeline = row.integer(0, 1) else {
            throw OperationError("the server did not tell its system identifier")
        }
        return SystemIdentity(systemID: id, timeline: timeline, position: try walEnd())
    }

    /// The first value of a statement's first row.
    func scalar(_ doing: String, _ sql: String) throws(OperationError) -> String? {
        try attempt(doing) { () throws(PostgresError) in try connection.execute(sql).scalar }
    }

    /// Who streams from the slot, in words; nil when nobody does.
    public func streamer(of slot: ReplicationSlot) throws(OperationError) -> String? {
        guard slot.isActive else { return nil }
        let pid = slot.activePID ?? 0
        let row = try attempt("reading pg_stat_activity") { () throws(PostgresError) in
            try connection.execute(
                "SELECT application_name, client_addr FROM pg_catalog.pg_stat_activity WHERE pid = \(pid)")
        }
        guard row.rowCount == 1 else { return "process \(pid)" }
        let name = row.text(0, 0) ?? ""
        let address = row.text(0, 1).map { " from \($0)" } ?? ""
        return (name.isEmpty ? "process \(pid)" : "\(name), process \(pid)") + address
    }

    /// Refuses while somebody streams from the slot: the change would be overwritten or refused half-way.
    func requireIdle(_ slot: ReplicationSlot) throws(OperationError) {
        guard let streamer = try streamer(of: slot) else { return }
        throw OperationError("the slot \(slot.name) is in use (\(streamer)); stop that first")
    }
}
