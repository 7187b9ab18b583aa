public import ByteCoding
public import PostgresClient
import ServiceRuntime

/// A walsender connection from identification to the end of its stream. Used by one thread.
public final class ReplicationStream {
    public let connection: Connection
    private var statusBuffer = ByteBuffer(minimumCapacity: StandbyStatusUpdate.encodedSize)

    /// - Parameter connection: opened with `isReplication`.
    public init(_ connection: Connection) { self.connection = connection }

    /// What CREATE_REPLICATION_SLOT answers.
    public struct NewSlot: Sendable {
        /// Where the stream of this slot begins: everything committed before it is in the snapshot, everything after in the
        /// stream.
        public let consistentPoint: LSN
        /// For SET TRANSACTION SNAPSHOT on another connection, until the next command on this one.
        public let snapshotName: String
    }

    /// Creates the slot and exports the snapshot that its stream begins after. The keyword form works from 14 to 18.
    ///
    /// Waits for every transaction that is open now. When the connection's stop signal ends the wait, the command is cancelled on
    /// the server, so that no slot is left.
    ///
    /// - Parameter isFailover: standbys are to keep a copy of the slot; 17 and later.
    public func createSlotExportingSnapshot(
        _ name: String, isFailover: Bool = false, timeoutMilliseconds: Int64?
    ) throws(PostgresError) -> NewSlot {
        connection.cancelsOnStop = true
        defer { connection.cancelsOnStop = false }
        let result = try connection.execute(
            "CREATE_REPLICATION_SLOT \(quotedIdentifier(name)) LOGICAL pgoutput "
                + (isFailover ? "(SNAPSHOT 'export', FAILOVER true)" : "EXPORT_SNAPSHOT"),
            timeoutMilliseconds: timeoutMilliseconds)
        guard result.rowCount == 1, result.columnCount >= 3, let point = result.text(0, 1).flatMap({ LSN($0) }),
            let snapshot = result.text(0, 2)
        else { throw PostgresError(kind: .protocolViolation, message: "CREATE_REPLICATION_SLOT answered with something else") }
        return NewSlot(consistentPoint: point, snapshotName: snapshot)
    }

    /// Begins to stream. Protocol 1, text format, whole transactions in commit order (protocol.md 1.2).
    ///
    /// `position` of 0/0 continues where the slot stands; an older one is silently forwarded by the server. An empty
    /// publication list is refused here because 17 and later accept it and then send nothing.
    public func start(slot: String, at position: LSN, publications: [String]) throws(PostgresError) {
        guard !publications.isEmpty, publications.allSatisfy({ !$0.isEmpty }) else {
            throw PostgresError(kind: .configuration, message: "no publication is named")
        }
        let names = publications.map(quotedIdentifier).joined(separator: ",")
        try connection.beginCopyBoth(
            "START_REPLICATION SLOT \(quotedIdentifier(slot)) LOGICAL \(position) "
                + "(proto_version '1', publication_names \(quotedLiteral(names)))",
            timeoutMilliseconds: 30_000)
    }

    /// Queues a status update; false when the socket takes no more now.
    public func send(_ update: StandbyStatusUpdate, unixMicroseconds: Int64) throws(PostgresError) -> Bool {
        statusBuffer.removeAll(keepingCapacity: true)
        update.encode(clientTime: PostgresTime.postgres(fromUnixMicroseconds: unixMicroseconds), into: &statusBuffer)
        let queued = try statusBuffer.withUnsafeBytes { bytes throws(PostgresError) in try connection.sendCopyData(bytes) }
        _ = try connection.flushOutput()
        return queued
    }
}
