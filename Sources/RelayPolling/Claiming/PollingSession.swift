import OutboxModel
import PostgresClient
import RelayCore
import ServiceRuntime

/// One session of a publisher: it holds the locks, claims and marks, and its end is the end of all of that. The lease is the session:
/// the server ends one that says nothing for the length of the lease.
///
/// The polling thread's alone.
final class PollingSession {
    /// The channel that the optional trigger notifies.
    static let channel = "outbox_relay"
    /// How long a new owner of a shard leaves the former owner's claims alone, in ns: it has lost its session and calls back what is
    /// under way.
    private static let settleTime: Int64 = 1_000_000_000

    let connection: Connection
    let worker: WorkerName
    let locks: LockNames
    private let options: RelayOptions
    private let polling: PollingOptions
    private var claim: ClaimStatement?
    private(set) var marks: MarkStatements?
    /// Own shards, and since when, in monotonic ns.
    private var owned: [Int: Int64] = [:]
    /// When the server last heard from us, monotonic ns.
    private(set) var lastHeard = MonotonicTime.now()

    init(
        _ options: RelayOptions, _ polling: PollingOptions, stop: StopSignal
    ) throws(PostgresError) {
        self.options = options
        self.polling = polling
        worker = WorkerName(slot: options.slotName, session: UInt64.random(in: .min ... .max))
        locks = LockNames(slot: options.slotName)
        var settings = options.postgres
        settings.sessionSettings += [
            ("idle_session_timeout", String(Self.silence(polling))),
            // The claim's plan must not depend on what the statistics remember of another hour.
            ("jit", "off"), ("enable_seqscan", "off"), ("enable_bitmapscan", "off"),
        ]
        connection = try Connection.open(settings, stop: stop)
    }

    /// How long the session may say nothing, in ms.
    private static func silence(_ polling: PollingOptions) -> Int64 {
        max(polling.leaseMilliseconds, 2 * polling.intervalMilliseconds + 5_000)
    }

    /// Reads the table and says what is missing; afterwards rows can be claimed.
    func describe() throws(PollingInterruption) -> [Finding] {
        do throws(PostgresError) {
            let standby = try connection.execute("SELECT pg_is_in_recovery()").boolean(0, 0) ?? false
            if standby {
                return [
                    Finding(
                        "server.standby", .fail, object: "server", fact: "it is a standby: rows cannot be claimed there",
                        remedy: "connect to the primary (several hosts in postgres.dsn find it)")
                ]
            }
            let facts = try ServerFactsReader(connection, isReplication: false).table(options.table)
            let findings = PollingTable.findings(
                name: options.table, columns: options.columns, table: facts, afterPublish: options.afterPublish,
                workerLength: worker.name.count)
            guard findings.isEmpty, let facts else { return findings }
            let table = PollingTable(name: options.table, columns: options.columns, table: facts)
            claim = ClaimStatement(
                table: table, locks: locks, worker: worker, shardCount: polling.shards,
                leaseMilliseconds: polling.leaseMilliseconds,
                pending: PendingRows.count(table: options.table, status: options.columns[.status] ?? "status", limit: 1_000_000))
            marks = MarkStatements(table: table, afterPublish: options.afterPublish, worker: worker)
            try connection.execute("LISTEN \(Self.channel)")
            return []
        } catch { throw .postgres(error) }
    }

    // MARK: Locks

    /// Takes the owner's lock, shared; false while a relay streams or wants to.
    func share() throws(PostgresError) -> Bool {
        lastHeard = MonotonicTime.now()
        return try connection.execute(locks.share).boolean(0, 0) == true
    }

    /// Joins the publishers; another number of shards, when others work with one. They have to agree, or a row would be in two shards.
    func join() throws(PostgresError) -> Int? {
        lastHeard = MonotonicTime.now()
        try connection.execute("SELECT pg_advisory_lock_shared(\(locks.publishers), \(polling.shards))")
        let others = try connection.execute(locks.otherCounts(than: polling.shards))
        guard let other = others.scalar.flatMap({ Int($0) }) else { return nil }
        try connection.execute("SELECT pg_advisory_unlock_shared(\(locks.publishers), \(polling.shards))")
        return other
    }

    var ownedShards: [Int] { owned.keys.sorted() }

    func giveUp(_ shards: [Int]) throws(PostgresError) {
        try connection.execute(locks.giveUp(shards))
        for shard in shards { owned[shard] = nil }
    }

    /// Returns how many were free.
    func take(_ count: Int) throws(PostgresError) -> Int {
        let result = try connection.execute(locks.take(count, of: polling.shards, owned: ownedShards))
        let now = MonotonicTime.now()
        for row in 0..<result.rowCount { if let shard = result.integer(row, 0) { owned[Int(shard)] = now } }
        return result.rowCount
    }

    func peers() throws(PostgresError) -> (publishers: Int, held: Int) {
        let result = try connection.execute("SELECT p.publishers, p.held FROM \(locks.peers) AS p")
        return (Int(result.integer(0, 0) ?? 1), Int(result.integer(0, 1) ?? 0))
    }

    // MARK: The checkpoint

    /// From here on the slot's stored position means nothing: what is published by polling would be streamed again. The next stream
    /// begins by a handover. Nothing to do where the slot was never used.
    func invalidateCheckpoint() throws(PostgresError) -> Finding? {
        let table = options.checkpointTable
        guard let facts = try ServerFactsReader(connection, isReplication: false).table(table), facts.canSelect else {
            return nil
        }
        let row = "\(table.quoted) WHERE slot_name = \(quotedLiteral(options.slotName)) AND phase <> 'snapshot'"
        guard try connection.execute("SELECT 1 FROM \(row)").rowCount > 0 else { return nil }
        guard facts.canUpdate else {
            return Finding(
                "checkpoint.table", .fail, object: "table \(table)",
                fact: "it holds the position of slot \(options.slotName), and the role may not change it: "
                    + "what is polled now would be streamed again later",
                remedy: "GRANT UPDATE ON \(table.quoted) to the relay's role")
        }
        let condition = "slot_name = \(quotedLiteral(options.slotName)) AND phase <> 'snapshot'"
        try connection.execute("UPDATE \(table.quoted) SET phase = 'snapshot', updated_at = now() WHERE \(condition)")
        return nil
    }

    // MARK: Rounds

    /// Writes marks and claims the next rows, in one transaction and one round trip.
    func claim(
        _ marks: String, limit: Int, bytes: Int, asksPeers: Bool, asksPending: Bool
    ) throws(PollingInterruption) -> ClaimedBatch {
        guard let claim else { throw .resource("the table was not described") }
        let now = MonotonicTime.now()
        let settled = owned.filter { now - $0.value >= Self.settleTime }.keys.sorted()
        let ownsAll = owned.count == polling.shards
        let sql = claim.sql(
            ClaimStatement.Request(
                limit: limit, bytes: bytes, shards: ownsAll ? nil : ownedShards,
                settled: ownsAll && settled.count == owned.count ? nil : settled, asksPeers: asksPeers, asksPending: asksPending))
        let result: QueryResult
        do throws(PostgresError) {
            result = try connection.execute(marks + sql, timeoutMilliseconds: 120_000)
        } catch { throw .postgres(error) }
        lastHeard = MonotonicTime.now()
        return try ClaimedBatch(result, names: options.columns)
    }

    /// Shards that were taken less than a moment ago.
    func hasUnsettledShards(at now: Int64) -> Bool { owned.values.contains { now - $0 < Self.settleTime } }

    func write(_ marks: String) throws(PostgresError) {
        guard !marks.isEmpty else { return }
        try connection.execute(marks)
        lastHeard = MonotonicTime.now()
    }

    /// Tells the server that we are alive when it is time to; a server that does not answer has lost us.
    func keepAlive() throws(PostgresError) {
        let now = MonotonicTime.now()
        guard now - lastHeard > Self.silence(polling) * 1_000_000 / 4 else { return }
        try connection.execute("SELECT 1", timeoutMilliseconds: 5_000)
        lastHeard = MonotonicTime.now()
    }
}
