import ByteCoding
import OutboxModel
import PostgresClient
import RelayCore

/// Tries what the relay writes, without writing: statements are prepared and explained, which checks names, types and
/// privileges, and a checkpoint is written and rolled back.
struct BookkeepingDiagnosis {
    let session: OperatorSession
    let facts: ServerFacts

    func findings() -> [Finding] {
        guard !facts.isInRecovery else { return [] }
        var findings: [Finding] = []
        if let table = facts.table { findings += statements(table) }
        if facts.checkpointTable != nil { findings.append(checkpoint()) }
        return findings
    }

    private func statements(_ table: ServerFacts.Table) -> [Finding] {
        let options = session.options
        let made = BookkeepingStatements(
            table: options.table, columns: options.columns, existing: Set(table.columns.map(\.name)),
            idType: table.column(options.columns[.id])?.type ?? "text", afterPublish: options.afterPublish)
        var findings: [Finding] = []
        if let published = made.published {
            let object = "after.publish=\(options.afterPublish.rawValue)"
            findings.append(explain("bookkeeping.published", object, published, arguments: "NULL"))
        }
        if let dead = made.dead {
            findings.append(
                explain("bookkeeping.dead", "dead letters", dead, arguments: made.deadTakesReason ? "NULL, NULL" : "NULL"))
        }
        if findings.isEmpty {
            findings.append(
                Finding(
                    "bookkeeping.none", .ok, object: "after.publish=\(options.afterPublish.rawValue)",
                    fact: "nothing is written to the table"))
        }
        return findings
    }

    private func explain(_ check: String, _ object: String, _ statement: String, arguments: String) -> Finding {
        var failure: PostgresError?
        do throws(PostgresError) {
            try session.connection.transaction { () throws(PostgresError) in
                try session.connection.execute("SET LOCAL lock_timeout = '2s'")
                try session.connection.execute("PREPARE outbox_relay_doctor AS \(statement)")
                try session.connection.execute("EXPLAIN EXECUTE outbox_relay_doctor(\(arguments))")
                try session.connection.execute("DEALLOCATE outbox_relay_doctor")
            }
        } catch {
            failure = error
            // A prepared statement outlives the transaction that was rolled back.
            _ = try? session.connection.execute("DEALLOCATE ALL")
        }
        return Finding(
            check, failure == nil ? .ok : .fail, object: object,
            fact: failure.map { "its statement does not work: \($0)" } ?? "its statement works on this table",
            remedy: failure == nil ? "" : "grant what is missing (sql/roles.sql), or correct column.* and after.publish")
    }

    private func checkpoint() -> Finding {
        let options = session.options
        let object = "table \(options.checkpointTable)"
        let trial = Checkpoint(
            slot: "outbox-relay doctor", phase: .streaming, systemID: "0", timeline: 1, endLSN: .zero, events: 0)
        do throws(PostgresError) {
            try session.connection.execute("BEGIN")
            try session.connection.execute("SET LOCAL lock_timeout = '2s'")
            try CheckpointStore(options.checkpointTable).write(trial, on: session.connection)
            try session.connection.execute("ROLLBACK")
            return Finding(
                "bookkeeping.checkpoint", .ok, object: object, fact: "a checkpoint could be written (and was rolled back)")
        } catch {
            _ = try? session.connection.execute("ROLLBACK")
            return Finding(
                "bookkeeping.checkpoint", .fail, object: object, fact: "a checkpoint cannot be written: \(error)",
                remedy: "grant what is missing (sql/roles.sql); outbox-relay migrate status shows whether the table is ours")
        }
    }
}
