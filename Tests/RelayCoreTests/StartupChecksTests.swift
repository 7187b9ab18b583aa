import OutboxModel
import PostgresClient
import PostgresReplication
import RelayCore
import Testing

struct StartupChecksTests {
    private func troubles(_ facts: ServerFacts, _ options: RelayOptions = RelayOptionsSample.options()) -> [Finding] {
        StartupChecks.evaluate(facts, options: options).filter { $0.severity != .ok }
    }

    @Test(arguments: 14...18) func `a server in order gives nothing but ok`(version: Int) {
        let findings = StartupChecks.evaluate(ServerFactsSample.healthy(version: version), options: RelayOptionsSample.options())
        #expect(findings.allSatisfy { $0.severity == .ok && $0.remedy.isEmpty && !$0.fact.isEmpty })
        #expect(findings.count >= 8 && Set(findings.map(\.check)).count == findings.count, "each check once")
    }

    struct Case: CustomTestStringConvertible {
        let check: String
        let severity: Finding.Severity
        /// What the remedy has to name.
        let remedy: String
        var versions = Array(14...18)
        var options: @Sendable (inout RelayOptions) -> Void = { _ in }
        let spoil: @Sendable (inout ServerFacts) -> Void

        var testDescription: String { "\(check) \(remedy)" }
    }

    private static let cases: [Case] = [
        Case(check: "server.version", severity: .fail, remedy: "14 to 18") { $0.version = 130_011 },
        Case(check: "server.version", severity: .warn, remedy: "14 to 18") { $0.version = 190_001 },
        Case(check: "server.wal_level", severity: .fail, remedy: "wal_level = 'logical'") {
            $0.settings["wal_level"] = "replica"
        },
        Case(check: "server.wal_level", severity: .fail, remedy: "wal_level") { $0.settings["wal_level"] = nil },
        Case(
            check: "slot.failover", severity: .fail, remedy: "slot.failover=false", versions: [14, 15, 16],
            options: { $0.slotFailover = true }, spoil: { _ in }),
        Case(
            check: "slot.failover", severity: .warn, remedy: "slot failover on", versions: [17, 18],
            options: { $0.slotFailover = true }, spoil: { $0.slot?.isFailover = false }),
        Case(check: "server.standby", severity: .fail, remedy: "primary") { $0.isInRecovery = true },
        Case(check: "server.max_replication_slots", severity: .fail, remedy: "max_replication_slots = 15") {
            $0.slotsInUse = 10
            $0.slot = nil
        },
        Case(check: "role.replication", severity: .fail, remedy: #"ALTER ROLE "outbox_relay" REPLICATION"#) {
            $0.role.canReplicate = false
        },
        Case(check: "connection.tls", severity: .warn, remedy: "sslmode=verify-full") { $0.isTLS = false },
        Case(check: "table.exists", severity: .fail, remedy: "migrate up") { $0.table = nil },
        Case(check: "table.kind", severity: .fail, remedy: "table") { $0.table?.isOrdinary = false },
        Case(check: "table.unlogged", severity: .fail, remedy: "SET LOGGED") { $0.table?.isUnlogged = true },
        Case(check: "table.columns", severity: .fail, remedy: "column.") {
            $0.table = ServerFactsSample.table(["id", "aggregate_id", "status"])
        },
        Case(check: "table.columns", severity: .fail, remedy: "column.", options: { $0.columns[.topic] = "kanal" }) { _ in },
        Case(check: "table.status", severity: .fail, remedy: "after.publish") {
            $0.table = ServerFactsSample.table(["id", "aggregate_id", "payload"])
        },
        Case(check: "table.select", severity: .fail, remedy: "GRANT SELECT") { $0.table?.canSelect = false },
        Case(check: "table.update", severity: .fail, remedy: "GRANT UPDATE") { $0.table?.canUpdate = false },
        Case(check: "table.delete", severity: .fail, remedy: "GRANT DELETE", options: { $0.afterPublish = .delete }) {
            $0.table?.canDelete = false
        },
        Case(check: "publication.exists", severity: .fail, remedy: "slot drop") { $0.publication = nil },
        Case(check: "publication.exists", severity: .fail, remedy: "publication create") {
            $0.publication = nil
            $0.slot = nil
        },
        Case(check: "publication.exists", severity: .warn, remedy: "first start") {
            $0.publication = nil
            $0.slot = nil
            $0.canCreatePublication = true
        },
        Case(check: "publication.insert", severity: .fail, remedy: "publish = 'insert'") {
            $0.publication?.publishesInserts = false
        },
        Case(check: "publication.table", severity: .fail, remedy: "ADD TABLE") { $0.publication?.containsTable = false },
        Case(check: "publication.via_root", severity: .fail, remedy: "publish_via_partition_root") {
            $0.table?.isPartitioned = true
            $0.publication?.publishesViaRoot = false
            $0.publication?.containsTable = false
        },
        Case(check: "publication.row_filter", severity: .fail, remedy: "SET TABLE", versions: [15, 16, 17, 18]) {
            $0.publication?.rowFilter = "(topic IS NOT NULL)"
        },
        Case(check: "publication.columns", severity: .fail, remedy: "SET TABLE", versions: [15, 16, 17, 18]) {
            $0.publication?.columns = ColumnRole.allCases.map(\.rawValue).filter { $0 != "headers" }
        },
        Case(check: "publication.publish", severity: .warn, remedy: "publish = 'insert'") {
            $0.publication?.publishesDeletes = true
        },
        Case(check: "checkpoint.table", severity: .fail, remedy: "migrate up") { $0.checkpointTable = nil },
        Case(check: "checkpoint.table", severity: .warn, remedy: "migrate up") {
            $0.checkpointTable = nil
            $0.canCreateCheckpointTable = true
        },
        Case(check: "checkpoint.table", severity: .fail, remedy: "GRANT") { $0.checkpointTable?.canUpdate = false },
        Case(check: "server.synchronous_standby", severity: .warn, remedy: "standbys") { $0.syncState = "sync" },
        Case(check: "server.synchronous_standby", severity: .warn, remedy: "standbys") { $0.syncState = "quorum" },
        Case(check: "server.synchronous_standby", severity: .warn, remedy: "standbys") {
            $0.settings["synchronous_standby_names"] = "FIRST 1 (*)"
        },
        Case(check: "server.idle_slot_timeout", severity: .warn, remedy: "0", versions: [18]) {
            $0.settings["idle_replication_slot_timeout"] = "3600"
        },
        Case(check: "server.long_transaction", severity: .warn, remedy: "pg_stat_activity") {
            $0.slot = nil
            $0.oldestTransactionSeconds = 61
        },
    ]

    @Test(arguments: cases) func `one fault is one finding, with its remedy`(_ example: Case) {
        for version in example.versions {
            var facts = ServerFactsSample.healthy(version: version)
            example.spoil(&facts)
            let found = troubles(facts, RelayOptionsSample.options(example.options))
            #expect(found.map(\.check) == [example.check], "version \(version)")
            #expect(found.first?.severity == example.severity)
            #expect(found.first?.remedy.contains(example.remedy) == true)
            #expect(found.first?.fact.isEmpty == false && found.first?.object.isEmpty == false)
        }
    }

    @Test func `names go quoted into the remedies`() {
        var facts = ServerFactsSample.healthy()
        facts.role.name = "r\"x"
        facts.role.canReplicate = false
        facts.table?.canSelect = false
        facts.publication?.publishesInserts = false
        let options = RelayOptionsSample.options {
            $0.table = QualifiedName(schema: "public", name: "we\"ird.Table")
            $0.publicationName = "p\"p"
        }
        let remedies = troubles(facts, options).map(\.remedy).joined(separator: "\n")
        #expect(remedies.contains(#"ALTER ROLE "r""x""#))
        #expect(remedies.contains(#"GRANT SELECT ON "public"."we""ird.Table" TO "r""x""#))
        #expect(remedies.contains(#"ALTER PUBLICATION "p""p""#))
    }

    @Test func `what the chosen mode does not need is not asked for`() {
        var facts = ServerFactsSample.healthy()
        facts.table = ServerFactsSample.table(["id", "aggregateid", "payload", "type", "aggregatetype"])
        facts.table?.canUpdate = false
        facts.table?.canDelete = false
        let options = RelayOptionsSample.options {
            $0.columns = .debezium
            $0.afterPublish = .keep
        }
        #expect(troubles(facts, options).isEmpty)
    }

    @Test func `a superuser may replicate, a column list may leave out bookkeeping columns`() {
        var facts = ServerFactsSample.healthy()
        facts.role.canReplicate = false
        facts.role.isSuperuser = true
        facts.publication?.columns = [
            "id", "aggregate_type", "aggregate_id", "event_type", "topic", "partition_key", "payload", "headers", "created_at",
            "version",
        ]
        #expect(troubles(facts).isEmpty)
    }
}
