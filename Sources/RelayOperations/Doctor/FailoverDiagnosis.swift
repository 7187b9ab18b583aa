import PostgresClient
import PostgresReplication
import RelayCore

/// Asks the primary, and a standby among the hosts of the DSN, what `FailoverChecks` wants to know.
struct FailoverDiagnosis {
    let session: OperatorSession
    let isInRecovery: Bool

    func findings() -> [Finding] {
        do throws(PostgresError) { return FailoverChecks.evaluate(try facts()) } catch {
            return [
                Finding(
                    "server.facts", .fail, object: "server", fact: "it could not be asked about standbys: \(error)",
                    remedy: "check the role's rights")
            ]
        }
    }

    private func facts() throws(PostgresError) -> FailoverFacts {
        var facts = FailoverFacts(slotName: session.options.slotName)
        if !isInRecovery { try readPrimary(session.connection, into: &facts) }
        if isInRecovery {
            facts.standby = try readStandby(session.connection)
        } else {
            var settings = session.options.postgres
            settings.targetSession = "standby"
            // That there is none, or that it cannot be reached, is a finding of its own.
            if let connection = try? Connection.open(settings) { facts.standby = try? readStandby(connection) }
        }
        return facts
    }

    private func readPrimary(_ connection: Connection, into facts: inout FailoverFacts) throws(PostgresError) {
        facts.synchronizedSlots = FailoverFacts.names(
            try connection.execute("SELECT current_setting('synchronized_standby_slots', true)").scalar ?? "")
        let slots = try connection.execute(
            "SELECT slot_name, slot_type, active, xmin IS NOT NULL FROM pg_catalog.pg_replication_slots ORDER BY 1")
        for row in 0..<slots.rowCount {
            let name = slots.text(row, 0) ?? ""
            if slots.text(row, 1) == "logical" {
                facts.logicalSlots.append(name)
            } else {
                facts.standbySlots.append(
                    .init(name: name, isActive: slots.boolean(row, 2) ?? false, hasFeedback: slots.boolean(row, 3) ?? false))
            }
        }
    }

    private func readStandby(_ connection: Connection) throws(PostgresError) -> FailoverFacts.Standby {
        let result = try connection.execute(
            """
            SELECT name, setting FROM pg_catalog.pg_settings WHERE name IN ('sync_replication_slots', 'hot_standby_feedback', \
            'primary_slot_name', 'primary_conninfo', 'wal_level')
            """)
        var settings: [String: String] = [:]
        for row in 0..<result.rowCount {
            if let name = result.text(row, 0), let value = result.text(row, 1) { settings[name] = value }
        }
        return FailoverFacts.Standby(
            address: "\(connection.host):\(connection.port)", settings: settings,
            slot: try SlotCatalog(connection).find(session.options.slotName))
    }
}
