import OutboxModel
import PostgresClient
import PostgresReplication
import RelayCore
import RelayPolling
import ServiceRuntime

/// Asks the database everything `doctor` wants to know. What cannot be asked becomes a finding, never an error.
struct DatabaseDiagnosis {
    /// Checks that begin so are of no concern to a relay that only polls.
    private static let streamOnly = [
        "server.wal_level", "server.max_replication_slots", "server.max_wal_senders", "server.wal_keep",
        "server.idle_slot_timeout", "server.synchronous_standby", "server.long_transaction", "role.replication", "publication.",
        "slot.failover",
        "checkpoint.table", "bookkeeping.checkpoint",
    ]

    private let options: RelayOptions
    private let usesStream: Bool

    /// - Parameter usesStream: false for `mode=polling`, which needs neither slot nor publication nor a role that may replicate.
    init(_ options: RelayOptions, usesStream: Bool) {
        self.options = options
        self.usesStream = usesStream
    }

    func findings() -> [Finding] {
        var findings: [Finding] = []
        var walSender: Connection?
        var session: OperatorSession?
        if usesStream {
            do throws(PostgresError) { walSender = try Connection.open(options.postgres.with(isReplication: true)) } catch {
                findings.append(Self.connectionFinding("connection.replication", "replication connection", error))
            }
        }
        do throws(OperationError) { session = try OperatorSession(options) } catch {
            // One reason is enough when nothing gets through.
            if walSender != nil || findings.isEmpty {
                findings.append(
                    Finding("connection.open", .fail, object: "connection", fact: "\(error)", remedy: "check postgres.dsn"))
            }
        }
        if let connection = walSender ?? session?.connection {
            findings.append(
                Finding(
                    "connection.open", .ok, object: "connection",
                    fact: "\(connection.user) at \(connection.host):\(connection.port)/\(connection.database)"))
            findings += startup(connection, isReplication: walSender != nil, session)
        }
        return findings
    }

    /// A refusal with what it usually means.
    static func connectionFinding(_ check: String, _ object: String, _ error: PostgresError) -> Finding {
        let remedy =
            switch error.sqlState {
            case .insufficientPrivilege?: "ALTER ROLE ... REPLICATION"
            case .invalidAuthorization?:
                "pg_hba.conf: a logical replication connection needs a line for the database by its name, not for `replication`"
            case .invalidPassword?: "check the password: postgres.password.file, PGPASSWORD or the password file"
            case .invalidCatalogName?: "check dbname in postgres.dsn"
            case .tooManyConnections?: "raise max_wal_senders or max_connections, or end sessions that are not needed"
            default: "check postgres.dsn, and that the server runs and lets this machine in"
            }
        return Finding(check, .fail, object: object, fact: "\(error)", remedy: remedy)
    }

    private func startup(_ connection: Connection, isReplication: Bool, _ session: OperatorSession?) -> [Finding] {
        let facts: ServerFacts
        do throws(PostgresError) {
            facts = try ServerFactsReader(connection, isReplication: isReplication).read(options)
        } catch {
            return [
                Finding(
                    "server.facts", .fail, object: "server", fact: "it could not be asked: \(error)",
                    remedy: "check the role's rights")
            ]
        }
        var findings = StartupChecks.evaluate(facts, options: options)
        findings += usesStream ? slotFindings(facts) : pollingFindings(facts)
        if let session {
            do throws(OperationError) {
                findings += DatabaseChecks.evaluate(try read(session, facts), server: facts, options: options)
            } catch {
                findings.append(
                    Finding("server.facts", .fail, object: "server", fact: "\(error)", remedy: "check the role's rights"))
            }
            if usesStream, options.slotFailover, facts.majorVersion >= 17 {
                findings += FailoverDiagnosis(session: session, isInRecovery: facts.isInRecovery).findings()
            }
            findings += BookkeepingDiagnosis(session: session, facts: facts).findings()
        }
        return usesStream ? findings : findings.filter { finding in !Self.streamOnly.contains { finding.check.hasPrefix($0) } }
    }

    /// What claiming and marking need of the table.
    private func pollingFindings(_ facts: ServerFacts) -> [Finding] {
        guard let table = facts.table else { return [] }
        let missing = PollingTable.findings(
            name: options.table, columns: options.columns, table: table, afterPublish: options.afterPublish,
            workerLength: WorkerName(slot: options.slotName, session: .max).name.count)
        guard missing.isEmpty else { return missing }
        return [
            Finding("polling.columns", .ok, object: "table \(options.table)", fact: "its rows can be claimed and marked")
        ]
    }

    private func slotFindings(_ facts: ServerFacts) -> [Finding] {
        guard let identity = facts.identity else { return [] }
        let plan = StartPlan.make(
            slotName: options.slotName, slot: facts.slot, checkpoint: facts.checkpoint, identity: identity,
            database: facts.database, tellsUnpublished: options.afterPublish != .keep)
        switch plan {
        case .refuse(let finding), .repair(let finding): return [finding]
        case .firstStart, .repeatFirstStart, .stream: break
        }
        return [
            Finding("start.plan", .ok, object: "slot \(options.slotName)", fact: CheckpointOperations.nextStart(plan).text)
        ]
    }

    // MARK: Facts

    private func read(_ session: OperatorSession, _ server: ServerFacts) throws(OperationError) -> DatabaseFacts {
        var facts = DatabaseFacts()
        try readClock(session, into: &facts)
        facts.slots = try attempt("reading the slots") { () throws(PostgresError) in
            try SlotCatalog(session.connection).list()
        }
        let keep = try session.scalar(
            "reading max_slot_wal_keep_size",
            "SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'max_slot_wal_keep_size'")
        // In megabytes; -1 for no limit.
        facts.walKeepBytes = keep.flatMap { Int64($0) }.flatMap { $0 < 0 ? nil : $0 << 20 }
        facts.serverEncoding = server.settings["server_encoding"] ?? "unknown"
        facts.backlog = try Backlog.read(session)
        try readIndexes(session, into: &facts)
        return facts
    }

    private func readClock(_ session: OperatorSession, into facts: inout DatabaseFacts) throws(OperationError) {
        let before = MonotonicTime.wallClockMicroseconds()
        let text = try session.scalar(
            "reading the server's clock", "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        let after = MonotonicTime.wallClockMicroseconds()
        guard let server = text.flatMap({ Int64($0) }) else { return }
        facts.clockSkewSeconds = (Double(server) - (Double(before) + Double(after)) / 2) / 1e6
        facts.clockUncertaintySeconds = Double(max(0, after - before)) / 2e6
    }

    private func readIndexes(_ session: OperatorSession, into facts: inout DatabaseFacts) throws(OperationError) {
        let result = try attempt("reading the table's indexes") { () throws(PostgresError) in
            try session.connection.execute(
                """
                SELECT a.attname, pg_catalog.pg_get_expr(i.indpred, i.indrelid) FROM pg_catalog.pg_index i \
                JOIN pg_catalog.pg_class c ON c.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] \
                WHERE i.indisvalid AND n.nspname = \(quotedLiteral(options.table.schema)) \
                AND c.relname = \(quotedLiteral(options.table.name))
                """)
        }
        let indexes = (0..<result.rowCount).map { (first: result.text($0, 0), condition: result.text($0, 1)) }
        facts.hasIDIndex = indexes.contains { $0.first == options.columns[.id] && $0.condition == nil }
        guard let status = options.columns[.status] else { return }
        // The deparsed condition names the column quoted where it has to be; its literals tell ours from one on other states.
        facts.hasPendingIndex = indexes.contains { index in
            (index.first == status && index.condition == nil)
                || (index.condition.map { $0.contains(status) && $0.contains("'PENDING'") } ?? false)
        }
    }
}
