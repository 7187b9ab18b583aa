import ByteCoding
public import PostgresClient
import PostgresReplication

/// Reads `ServerFacts` over one connection, ordinary or replication: only simple statements.
public struct ServerFactsReader {
    private let connection: Connection
    private let isReplication: Bool

    /// - Parameter isReplication: `connection` is a walsender and can be asked to identify the system.
    public init(_ connection: Connection, isReplication: Bool) {
        self.connection = connection
        self.isReplication = isReplication
    }

    public func read(_ options: RelayOptions) throws(PostgresError) -> ServerFacts {
        var facts = ServerFacts()
        facts.version = connection.serverVersion
        facts.isTLS = connection.isTLS
        facts.isLocal =
            ["", "localhost", "::1"].contains(connection.host) || connection.host.hasPrefix("/")
            || connection.host.hasPrefix("127.")
        try readSession(into: &facts)
        try readSettings(into: &facts)
        facts.identity = try identity(facts)
        facts.table = try table(options.table)
        facts.publication = try PublicationCatalog(connection).find(options.publicationName, table: options.table)
        facts.slot = try SlotCatalog(connection).find(options.slotName)
        facts.checkpointTable = try table(options.checkpointTable)
        if facts.checkpointTable?.canSelect == true {
            facts.checkpoint = try CheckpointStore(options.checkpointTable).read(slot: options.slotName, on: connection)
        }
        try readPrivileges(options, into: &facts)
        facts.syncState = try syncState(options)
        return facts
    }

    /// The state of our own walsender in pg_stat_replication; nil while none streams.
    public func syncState(_ options: RelayOptions) throws(PostgresError) -> String? {
        let result = try connection.execute(
            """
            SELECT r.sync_state FROM pg_catalog.pg_stat_replication r JOIN pg_catalog.pg_replication_slots s \
            ON s.active_pid = r.pid WHERE s.slot_name = \(quotedLiteral(options.slotName))
            """)
        return result.scalar
    }

    /// nil when there is no such relation.
    public func table(_ name: QualifiedName) throws(PostgresError) -> ServerFacts.Table? {
        let head = try connection.execute(
            """
            SELECT c.relkind, c.relpersistence, has_table_privilege(c.oid, 'SELECT'), has_table_privilege(c.oid, 'INSERT'), \
            has_table_privilege(c.oid, 'UPDATE') OR has_any_column_privilege(c.oid, 'UPDATE'), \
            has_table_privilege(c.oid, 'DELETE'), c.oid FROM pg_catalog.pg_class c \
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            WHERE n.nspname = \(quotedLiteral(name.schema)) AND c.relname = \(quotedLiteral(name.name))
            """)
        guard head.rowCount == 1, let oid = head.text(0, 6) else { return nil }
        var table = ServerFacts.Table()
        table.isPartitioned = head.text(0, 0) == "p"
        table.isOrdinary = table.isPartitioned || head.text(0, 0) == "r"
        table.isUnlogged = head.text(0, 1) == "u"
        table.canSelect = head.boolean(0, 2) ?? false
        table.canInsert = head.boolean(0, 3) ?? false
        table.canUpdate = head.boolean(0, 4) ?? false
        table.canDelete = head.boolean(0, 5) ?? false
        let columns = try connection.execute(
            """
            SELECT attname, format_type(atttypid, atttypmod), atttypid, attnotnull FROM pg_catalog.pg_attribute \
            WHERE attrelid = \(oid) AND attnum > 0 AND NOT attisdropped ORDER BY attnum
            """)
        table.columns = (0..<columns.rowCount).map { row in
            ServerFacts.Table.Column(
                name: columns.text(row, 0) ?? "", type: columns.text(row, 1) ?? "",
                typeOID: columns.text(row, 2).flatMap { UInt32($0) } ?? 0, isNotNull: columns.boolean(row, 3) ?? false)
        }
        return table
    }

    private func readSession(into facts: inout ServerFacts) throws(PostgresError) {
        let result = try connection.execute(
            """
            SELECT current_database(), current_user, r.rolsuper, r.rolreplication, pg_is_in_recovery(), \
            (SELECT count(*) FROM pg_catalog.pg_replication_slots), \
            (SELECT count(*) FROM pg_catalog.pg_stat_replication), \
            (SELECT extract(epoch FROM now() - min(xact_start)) FROM pg_catalog.pg_stat_activity \
            WHERE backend_xid IS NOT NULL) FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
            """)
        guard result.rowCount == 1 else { throw PostgresError(kind: .protocolViolation, message: "the role is not in pg_roles") }
        facts.database = result.text(0, 0) ?? ""
        facts.role = ServerFacts.Role(
            name: result.text(0, 1) ?? "", isSuperuser: result.boolean(0, 2) ?? false,
            canReplicate: result.boolean(0, 3) ?? false)
        facts.isInRecovery = result.boolean(0, 4) ?? false
        facts.slotsInUse = Int(result.integer(0, 5) ?? 0)
        facts.walSendersInUse = Int(result.integer(0, 6) ?? 0)
        facts.oldestTransactionSeconds = result.text(0, 7).flatMap { Double($0) }
    }

    private func readSettings(into facts: inout ServerFacts) throws(PostgresError) {
        let result = try connection.execute(
            """
            SELECT name, setting FROM pg_catalog.pg_settings WHERE name IN ('wal_level', 'max_replication_slots', \
            'max_wal_senders', 'wal_sender_timeout', 'synchronous_standby_names', 'max_slot_wal_keep_size', \
            'idle_replication_slot_timeout', 'hot_standby', 'server_encoding', 'synchronous_commit')
            """)
        for row in 0..<result.rowCount {
            if let name = result.text(row, 0), let value = result.text(row, 1) { facts.settings[name] = value }
        }
    }

    /// Without a walsender the system id comes from the control file; REPLICATION is not needed for that.
    private func identity(_ facts: ServerFacts) throws(PostgresError) -> SystemIdentity {
        if isReplication { return try SystemIdentity.read(on: connection) }
        let position = facts.isInRecovery ? "pg_last_wal_replay_lsn()" : "pg_current_wal_flush_lsn()"
        let result = try connection.execute(
            """
            SELECT s.system_identifier, c.timeline_id, \(position) FROM pg_catalog.pg_control_system() s, \
            pg_catalog.pg_control_checkpoint() c
            """)
        guard result.rowCount == 1, let id = result.text(0, 0), let timeline = result.integer(0, 1) else {
            throw PostgresError(kind: .protocolViolation, message: "the control file has no system identifier")
        }
        return SystemIdentity(systemID: id, timeline: timeline, position: result.text(0, 2).flatMap { .init($0) } ?? .zero)
    }

    private func readPrivileges(_ options: RelayOptions, into facts: inout ServerFacts) throws(PostgresError) {
        let schema = try connection.execute(
            """
            SELECT has_schema_privilege(oid, 'CREATE') FROM pg_catalog.pg_namespace \
            WHERE nspname = \(quotedLiteral(options.checkpointTable.schema))
            """)
        facts.canCreateCheckpointTable = schema.rowCount > 0 && schema.boolean(0, 0) == true
        let owner = try connection.execute(
            """
            SELECT pg_has_role(c.relowner, 'MEMBER') AND has_database_privilege(current_database(), 'CREATE') \
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            WHERE n.nspname = \(quotedLiteral(options.table.schema)) AND c.relname = \(quotedLiteral(options.table.name))
            """)
        facts.canCreatePublication = owner.rowCount > 0 && owner.boolean(0, 0) == true
    }
}
