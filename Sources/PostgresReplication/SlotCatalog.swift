public import ByteCoding
public import PostgresClient

/// Reads and changes replication slots over an ordinary or a replication connection.
public struct SlotCatalog {
    private let connection: Connection

    public init(_ connection: Connection) { self.connection = connection }

    /// All slots of the cluster, or the one with this name.
    public func list(named name: String? = nil) throws(PostgresError) -> [ReplicationSlot] {
        let version = connection.serverVersion
        let reason = version >= 170_000 ? "invalidation_reason" : "NULL"
        let failover = version >= 170_000 ? "failover, synced" : "false, false"
        let filter = name.map { " WHERE slot_name = \(quotedLiteral($0))" } ?? ""
        let result = try connection.execute(
            """
            SELECT slot_name, plugin, slot_type, database, temporary, active, active_pid, restart_lsn, confirmed_flush_lsn, \
            wal_status, safe_wal_size, \
            pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, \
            restart_lsn)::bigint, \(reason), two_phase, \(failover) FROM pg_catalog.pg_replication_slots\(filter) ORDER BY slot_name
            """)
        return (0..<result.rowCount).map { row in
            var slot = ReplicationSlot(name: result.text(row, 0) ?? "")
            slot.plugin = result.text(row, 1)
            slot.isLogical = result.text(row, 2) == "logical"
            slot.database = result.text(row, 3)
            slot.isTemporary = result.boolean(row, 4) ?? false
            slot.isActive = result.boolean(row, 5) ?? false
            slot.activePID = result.integer(row, 6).flatMap { Int32(exactly: $0) }
            slot.restartLSN = result.text(row, 7).flatMap { LSN($0) }
            slot.confirmedFlushLSN = result.text(row, 8).flatMap { LSN($0) }
            slot.walStatus = result.text(row, 9)
            slot.safeWALSize = result.integer(row, 10)
            slot.retainedWALBytes = result.integer(row, 11)
            slot.invalidationReason = result.text(row, 12)
            slot.isTwoPhase = result.boolean(row, 13) ?? false
            slot.isFailover = result.boolean(row, 14) ?? false
            slot.isSynced = result.boolean(row, 15) ?? false
            return slot
        }
    }

    public func find(_ name: String) throws(PostgresError) -> ReplicationSlot? { try list(named: name).first }

    /// Creates a logical pgoutput slot from an ordinary session and returns its consistent point.
    ///
    /// Waits for every transaction that is open now, without end: pass a timeout that suits.
    public func create(_ name: String, timeoutMilliseconds: Int64?) throws(PostgresError) -> LSN {
        let result = try connection.execute(
            "SELECT lsn FROM pg_catalog.pg_create_logical_replication_slot(\(quotedLiteral(name)), 'pgoutput')",
            timeoutMilliseconds: timeoutMilliseconds)
        guard let lsn = result.scalar.flatMap({ LSN($0) }) else {
            throw PostgresError(kind: .protocolViolation, message: "the new slot has no position")
        }
        return lsn
    }

    /// Refused with 55006 while somebody streams from it.
    public func drop(_ name: String) throws(PostgresError) {
        try connection.execute("SELECT pg_catalog.pg_drop_replication_slot(\(quotedLiteral(name)))")
    }

    /// Moves the slot forward without delivering anything; returns where it stands then. Backwards is refused (55000), beyond
    /// the end of WAL ends there.
    public func advance(_ name: String, to lsn: LSN) throws(PostgresError) -> LSN {
        let result = try connection.execute(
            "SELECT end_lsn FROM pg_catalog.pg_replication_slot_advance(\(quotedLiteral(name)), \(quotedLiteral("\(lsn)")))",
            timeoutMilliseconds: 600_000)
        guard let end = result.scalar.flatMap({ LSN($0) }) else {
            throw PostgresError(kind: .protocolViolation, message: "the slot has no position")
        }
        return end
    }

    /// The next changes in the slot, decoded by the server and not consumed: (position, xid, pgoutput message bytes).
    ///
    /// At most `limit`: the server itself only stops between transactions, however large they are.
    public func peek(
        _ name: String, publications: [String], limit: Int
    ) throws(PostgresError) -> [(lsn: LSN, xid: String, message: [UInt8])] {
        let names = publications.map(quotedIdentifier).joined(separator: ",")
        let result = try connection.execute(
            """
            SELECT lsn, xid, data FROM pg_catalog.pg_logical_slot_peek_binary_changes(\(quotedLiteral(name)), NULL, \(limit), \
            'proto_version', '1', 'publication_names', \(quotedLiteral(names))) LIMIT \(limit)
            """, timeoutMilliseconds: 120_000)
        return (0..<result.rowCount).map { row in
            (
                result.text(row, 0).flatMap { LSN($0) } ?? .zero, result.text(row, 1) ?? "",
                byteaBytes(result.bytes(row, 2))
            )
        }
    }

    private func byteaBytes(_ text: UnsafeRawBufferPointer?) -> [UInt8] {
        guard let text, text.count >= 2, text[0] == UInt8(ascii: "\\"), text[1] == UInt8(ascii: "x") else { return [] }
        func digit(_ byte: UInt8) -> UInt8 { byte <= 57 ? byte &- 48 : (byte | 32) &- 87 }
        return stride(from: 2, to: text.count - 1, by: 2).map { digit(text[$0]) << 4 | digit(text[$0 + 1]) }
    }
}
