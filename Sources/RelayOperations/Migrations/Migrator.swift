import CommandLineKit
public import PostgresClient
import RelayCore

/// Brings the tables of a schema up to date, or back, and knows what was applied.
///
/// Each migration runs in one transaction with its record in the set's table, under an advisory lock, and looks again whether
/// it is still due once it has the lock: two programs that migrate at the same time do no harm.
public struct Migrator {
    private let connection: Connection
    /// Of the relay's own tables, whose settings have to fit.
    private let relay: OperatorSession?
    private let set: MigrationSet
    private let migrations: [Migration]
    private let only: String?
    private let schema: String
    private let table: QualifiedName

    /// The relay's tables, in the schema of the outbox table.
    ///
    /// - Parameter only: a migration's name; all others are left alone.
    public init(_ session: OperatorSession, migrations: [Migration], only: String?) {
        self.init(
            session.connection, relay: session, set: .relay, schema: session.options.table.schema, migrations: migrations,
            only: only)
    }

    /// Another set of tables.
    public init(_ connection: Connection, set: MigrationSet, schema: String, migrations: [Migration]) {
        self.init(connection, relay: nil, set: set, schema: schema, migrations: migrations, only: nil)
    }

    private init(
        _ connection: Connection, relay: OperatorSession?, set: MigrationSet, schema: String, migrations: [Migration],
        only: String?
    ) {
        self.connection = connection
        self.relay = relay
        self.set = set
        self.migrations = migrations
        self.only = only
        self.schema = schema
        table = QualifiedName(schema: schema, name: set.recordTable)
    }

    // MARK: Status

    public func status() throws(OperationError) -> Report {
        let plan = try plan()
        var lines = Table(["MIGRATION", "STATE", "APPLIED AT"])
        for entry in plan.entries { lines.append([entry.title, entry.state.rawValue, entry.appliedAt ?? ""]) }
        var text = lines.render()
        if plan.entries.contains(where: { $0.state == .changed }) {
            text += "\nA changed file is not run again: put it back, or write a new migration.\n"
        }
        if plan.entries.contains(where: { $0.state == .pending }) {
            let option = only.map { " --only \($0)" } ?? ""
            text += "\nTo apply what is pending: \(set.program) migrate up\(option)\n"
        }
        let entries = plan.entries.map { entry -> JSONValue in
            [
                "version": JSONValue(entry.version), "name": JSONValue(entry.name), "state": JSONValue(entry.state.rawValue),
                "applied_at": JSONValue(entry.appliedAt),
            ]
        }
        let document: JSONValue = [
            "schema": JSONValue(schema), "up_to_date": JSONValue(plan.isUpToDate), "migrations": .array(entries),
        ]
        return Report(text: text, json: document, isRight: plan.isUpToDate)
    }

    // MARK: Up and down

    /// - Parameters:
    ///   - to: the last one to be applied; nil for all.
    ///   - applied: called after each one.
    public func up(to: Int?, applied: @escaping (String) -> Void) throws(OperationError) -> PlannedChange {
        let steps = try plan().stepsUp(to: to)
        for step in steps { try refuseOtherName(step) }
        return PlannedChange(
            action: "migrate.up", object: "schema \(schema)",
            sentence: steps.isEmpty ? "Apply nothing: everything is applied" : "Apply \(titles(steps)) in schema \(schema)",
            perform: { () throws(OperationError) in
                var done: [JSONValue] = []
                for step in steps where try self.apply(step) {
                    applied("applied \(step.title)")
                    done.append(JSONValue(step.title))
                }
                return PlannedChange.Result(
                    done.isEmpty ? "nothing to apply" : "\(done.count) applied", [.init("migrations", .array(done))])
            })
    }

    /// - Parameter to: all later ones are taken back, 0 for all; nil for the latest alone.
    public func down(to: Int?, reverted: @escaping (String) -> Void) throws(OperationError) -> PlannedChange {
        let steps = try plan().stepsDown(to: to)
        var notes: [String] = []
        for step in steps { if let note = try loss(step) { notes.append(note) } }
        return PlannedChange(
            action: "migrate.down", object: "schema \(schema)",
            sentence: steps.isEmpty
                ? "Take back nothing: nothing is applied" : "Take back \(titles(steps)) in schema \(schema), with all data in it",
            destroys: !steps.isEmpty, notes: notes,
            perform: { () throws(OperationError) in
                var done: [JSONValue] = []
                for step in steps where try self.revert(step) {
                    reverted("took back \(step.title)")
                    done.append(JSONValue(step.title))
                }
                return PlannedChange.Result(
                    done.isEmpty ? "nothing to take back" : "\(done.count) taken back", [.init("migrations", .array(done))])
            })
    }

    private func titles(_ steps: [Migration]) -> String { steps.map(\.title).joined(separator: ", ") }

    /// The migrations make tables of fixed names; settings that name another table would leave them unused.
    private func refuseOtherName(_ step: Migration) throws(OperationError) {
        guard let relay else { return }
        let wanted: (key: String, name: QualifiedName)? =
            switch step.name {
            case "outbox_events": ("table", relay.options.table)
            case "outbox_checkpoints": ("checkpoint.table", relay.options.checkpointTable)
            default: nil
            }
        let made = QualifiedName(schema: schema, name: step.name)
        guard let wanted, wanted.name != made else { return }
        let way =
            wanted.key == "table"
            ? "if that table is yours, apply only what the relay itself needs: outbox-relay migrate up --only checkpoints"
            : "`run` makes that table itself where it may"
        throw OperationError(
            "\(step.title) makes \(made.shown), but `\(wanted.key)` is \(wanted.name.shown): set it to that table; or, \(way)")
    }

    private func loss(_ step: Migration) throws(OperationError) -> String? {
        guard let relay else { return nil }
        switch step.name {
        case "outbox_events":
            let backlog = try Backlog.read(relay)
            return backlog.pendingRows == 0 ? nil : backlog.pendingText.map { "not published yet: \($0) of its events" }
        case "outbox_checkpoints": return "without a checkpoint, and with its slot, the relay goes on where the slot stands"
        default: return nil
        }
    }

    // MARK: SQL

    private func plan() throws(OperationError) -> MigrationPlan {
        try MigrationPlan(migrations: migrations, checksums: checksums(), records: records(), only: only)
    }

    /// By the server: the hash must be the same from whatever machine one migrates.
    private func checksums() throws(OperationError) -> [String] {
        try migrations.map { migration throws(OperationError) in
            try attempt("reading the migrations") { () throws(PostgresError) in
                try connection.execute("SELECT \(Self.checksum(migration))").scalar ?? ""
            }
        }
    }

    private static func checksum(_ migration: Migration) -> String {
        "encode(sha256(decode('\(hexadecimal(migration.up))', 'hex')), 'hex')"
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func records() throws(OperationError) -> [MigrationRecord] {
        try attempt("reading \(table)") { () throws(PostgresError) in
            let exists = try connection.execute("SELECT to_regclass(\(quotedLiteral(table.quoted))) IS NOT NULL")
            guard exists.boolean(0, 0) == true else { return [] }
            let result = try connection.execute(
                "SELECT version, name, checksum, applied_at FROM \(table.quoted) ORDER BY version")
            return (0..<result.rowCount).map { row in
                MigrationRecord(
                    version: Int(result.integer(row, 0) ?? 0), name: result.text(row, 1) ?? "",
                    checksum: result.text(row, 2) ?? "",
                    appliedAt: result.text(row, 3) ?? "")
            }
        }
    }

    /// Returns false when somebody else applied it meanwhile.
    private func apply(_ step: Migration) throws(OperationError) -> Bool {
        try locked("applying \(step.title)") { connection throws(PostgresError) in
            try connection.execute(
                """
                CREATE TABLE IF NOT EXISTS \(table.quoted) (version integer PRIMARY KEY, name text NOT NULL, \
                checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())
                """)
            let known = try connection.execute("SELECT 1 FROM \(table.quoted) WHERE version = \(step.version)")
            guard known.rowCount == 0 else { return false }
            try connection.execute(String(decoding: step.up, as: UTF8.self), timeoutMilliseconds: nil)
            try connection.execute(
                """
                INSERT INTO \(table.quoted) (version, name, checksum) \
                VALUES (\(step.version), \(quotedLiteral(step.name)), \(Self.checksum(step)))
                """)
            return true
        }
    }

    /// Returns false when somebody else took it back meanwhile.
    private func revert(_ step: Migration) throws(OperationError) -> Bool {
        guard let down = step.down else { return false }
        return try locked("taking back \(step.title)") { connection throws(PostgresError) in
            let removed = try connection.execute("DELETE FROM \(table.quoted) WHERE version = \(step.version)")
            guard removed.affectedRows == 1 else { return false }
            try connection.execute(String(decoding: down, as: UTF8.self), timeoutMilliseconds: nil)
            return true
        }
    }

    /// A transaction under the lock, with only our schema in the search_path.
    private func locked(
        _ doing: String, _ body: (Connection) throws(PostgresError) -> Bool
    ) throws(OperationError) -> Bool {
        do throws(PostgresError) {
            let exists = try connection.execute("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = \(quotedLiteral(schema))")
            guard exists.rowCount > 0 else {
                throw PostgresError(
                    kind: .configuration, message: "the schema \(schema) does not exist",
                    hint: "CREATE SCHEMA \(quotedIdentifier(schema))")
            }
            return try connection.transaction { () throws(PostgresError) in
                try connection.execute("SET LOCAL lock_timeout = '60s'")
                try connection.execute("SET LOCAL search_path TO \(quotedIdentifier(schema))")
                let lock = quotedLiteral(set.lockName(schema))
                try connection.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended(\(lock), 0))", timeoutMilliseconds: 90_000)
                return try body(connection)
            }
        } catch { throw OperationError("\(doing): \(error)\(hint(error))") }
    }

    private func hint(_ error: PostgresError) -> String {
        switch error.sqlState {
        case .duplicateTable?, .duplicateObject?:
            "; it was made without a record in \(set.recordTable): drop or rename it"
                + (relay == nil ? "" : ", or leave it as it is and apply the others by --only")
        case .lockNotAvailable?: "; another migration, or a session that uses the table, held its lock for a minute"
        case .insufficientPrivilege?: "; migrate as the owner of the schema"
        default: ""
        }
    }
}
