import ByteCoding
import OutboxModel
import PgOutput
import PostgresClient
import PostgresReplication
import ServiceRuntime
import Telemetry

/// The one way from the table to the stream: create the slot with an exported snapshot, publish the rows that the snapshot shows
/// unpublished, then stream from the slot's consistent point. Nothing is lost, nothing is sent twice, order holds; interrupted,
/// it begins again (the checkpoint's phase says so).
///
/// Measured on 14 to 18 with concurrent writers: the snapshot and the stream meet without gap and overlap
/// (postgres-versions.md section 10).
struct SnapshotHandover {
    /// Rows of one FETCH; they come one by one, so that large payloads do not add up.
    private static let fetchRows = 500

    let stream: ReplicationStream
    let context: RelayContext
    let facts: ServerFacts

    /// Creates publication, checkpoint and slot; returns the slot with its snapshot.
    func createSlot(dropping old: ReplicationSlot?) throws(RelayInterruption) -> ReplicationStream.NewSlot {
        let options = context.options
        if old != nil {
            context.logger.info("the slot is made anew", [.slot: .string(options.slotName)])
            try postgres { () throws(PostgresError) in try SlotCatalog(stream.connection).drop(options.slotName) }
        }
        if facts.publication == nil {
            try postgres { () throws(PostgresError) in
                try PublicationCatalog(stream.connection).create(options.publicationName, table: options.table)
            }
            context.logger.info(
                "publication created", [.publication: .string(options.publicationName), .table: .string("\(options.table)")])
        }
        let identity = try identity()
        let store = CheckpointStore(options.checkpointTable)
        let marker = Checkpoint(
            slot: options.slotName, phase: .snapshot, systemID: identity.systemID, timeline: identity.timeline, endLSN: .zero,
            events: 0)
        try postgres { () throws(PostgresError) in
            if facts.checkpointTable == nil { try store.createIfMissing(on: stream.connection) }
            try store.write(marker, on: stream.connection)
        }
        context.logger.info(
            "creating the slot; this waits for every transaction that is open now", [.slot: .string(options.slotName)])
        var slot: ReplicationStream.NewSlot?
        try postgres { () throws(PostgresError) in
            slot = try stream.createSlotExportingSnapshot(
                options.slotName, isFailover: options.slotFailover, timeoutMilliseconds: nil)
        }
        guard let slot else { throw .violation("the new slot was not described") }
        context.logger.info("slot created", [.slot: .string(options.slotName), .lsn: .string("\(slot.consistentPoint)")])
        return slot
    }

    /// Publishes the snapshot's unpublished rows and waits until all of them are delivered and booked.
    func publish(_ slot: ReplicationStream.NewSlot, epoch: RelayEpoch, publisher: EventPublisher) throws(RelayInterruption) {
        let options = context.options
        var reader: Connection?
        try postgres { () throws(PostgresError) in reader = try Connection.open(options.postgres, stop: context.stop) }
        guard let reader, let table = facts.table else { return }
        try postgres { () throws(PostgresError) in
            try reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try reader.execute("SET TRANSACTION SNAPSHOT \(quotedLiteral(slot.snapshotName))")
            try reader.execute("DECLARE outbox NO SCROLL CURSOR FOR \(selectStatement(table))", timeoutMilliseconds: 600_000)
        }
        let wait: EventPublisher.Waiter = { () throws(RelayInterruption) in try self.wait(epoch) }
        var rows: UInt64 = 0
        var map: ColumnMap?
        while true {
            let count = try reader.forEachRow(
                "FETCH \(Self.fetchRows) FROM outbox", timeoutMilliseconds: 600_000, failure: { RelayInterruption.postgres($0) }
            ) { row throws(RelayInterruption) in
                let known: ColumnMap
                if let map { known = map } else { known = try self.map(of: row) }
                map = known
                try self.publish(row, map: known, publisher: publisher, wait: wait)
            }
            guard count > 0 else { break }
            publisher.endPart()
            rows += UInt64(count)
            let total = rows
            context.state.update { $0.snapshotRows = total }
            publisher.refreshView()
            try publisher.checkDelivery()
            if context.stop.isSet { throw .stopRequested }
        }
        _ = try? reader.execute("COMMIT")
        epoch.ledger.watch(true)
        defer { epoch.ledger.watch(false) }
        while !epoch.ledger.view.isIdle {
            publisher.refreshView()
            try publisher.checkDelivery()
            try self.wait(epoch)
        }
        context.logger.info("the table's unpublished rows are published", [.rows: .int(Int(rows))])
    }

    private func map(of row: QueryResult) throws(RelayInterruption) -> ColumnMap {
        do throws(ColumnMapError) {
            return try ColumnMap(
                columns: row.columnNames, typeOIDs: (0..<row.columnCount).map { row.columnType($0) },
                names: context.options.columns)
        } catch {
            throw .refused([Finding("table.columns", .fail, object: "table \(context.options.table)", fact: "\(error)")])
        }
    }

    /// Puts the values of a row behind each other, as a tuple of the stream has them, and publishes it.
    private func publish(
        _ row: QueryResult, map: ColumnMap, publisher: EventPublisher, wait: EventPublisher.Waiter
    ) throws(RelayInterruption) {
        var bytes: [UInt8] = []
        var fields: [TupleData.Field] = []
        fields.reserveCapacity(row.columnCount)
        for column in 0..<row.columnCount {
            guard let value = row.bytes(0, column) else {
                fields.append(.null)
                continue
            }
            fields.append(.text(bytes.count..<(bytes.count + value.count)))
            bytes.append(contentsOf: value)
        }
        let tuple = TupleData(fields: fields)
        let outcome: Result<Void, RelayInterruption> = bytes.withUnsafeBytes { buffer in
            do throws(RelayInterruption) {
                let origin = EventPublisher.Origin(lsn: .zero, commitTime: 0, transaction: nil)
                try publisher.publish(tuple, in: buffer, map: map, origin: origin, wait: wait)
                return .success(())
            } catch { return .failure(error) }
        }
        try outcome.get()
    }

    /// In insertion order as far as the table tells; what is published already is left out as far as the table tells.
    private func selectStatement(_ table: ServerFacts.Table) -> String {
        let names = context.options.columns
        let columns = ColumnRole.allCases.compactMap { names[$0] }.filter { table.column($0) != nil }
        var statement = "SELECT \(columns.map(quotedIdentifier).joined(separator: ", ")) FROM \(context.options.table.quoted)"
        if let status = names[.status], table.column(status) != nil {
            statement += " WHERE \(quotedIdentifier(status)) IN ('PENDING', 'FAILED', 'PROCESSING')"
        }
        if let order = [ColumnRole.sequence, .createdAt].compactMap({ names[$0] }).first(where: { table.column($0) != nil }) {
            statement += " ORDER BY \(quotedIdentifier(order))"
        }
        return statement
    }

    private func wait(_ epoch: RelayEpoch) throws(RelayInterruption) {
        let targets = [PollTarget(epoch.ledger.progress.fileDescriptor), PollTarget(context.stop.fileDescriptor)]
        _ = try? waitReadable(targets, timeoutMilliseconds: 250)
        epoch.ledger.progress.drain()
        if context.stop.isSet { throw .stopRequested }
        if epoch.monitor.takeServerStopping() { throw .serverStopping }
    }

    private func identity() throws(RelayInterruption) -> SystemIdentity {
        guard let identity = facts.identity else { throw .violation("the system was not identified") }
        return identity
    }

    private func postgres(_ body: () throws(PostgresError) -> Void) throws(RelayInterruption) {
        do throws(PostgresError) { try body() } catch { throw .postgres(error) }
    }
}
