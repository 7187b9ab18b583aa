import ByteCoding
import Drills
import LocalServers
import PostgresClient
import TestSupport
import Testing

/// What would fail silently, arranged on a real server: exit code 1 and a finding that names it.
@Suite(.serialized, .needsServers)
struct StartupCheckTests {
    /// An arrangement by SQL; `{name}` stands for the stage's name.
    struct Case: Sendable, CustomTestStringConvertible {
        let finding: String
        let statements: [String]
        var settings: [(key: String, value: String)] = []
        /// What the finding's reason has to name.
        var names = ""
        var oldest = 14

        var testDescription: String { "\(finding) \(settings.map(\.value).joined(separator: " "))" }
    }

    private static let published = "CREATE PUBLICATION {name} FOR TABLE outbox_events"

    static let cases: [Case] = [
        Case(finding: "table.exists", statements: ["DROP TABLE outbox_events"], names: "outbox_events"),
        Case(
            finding: "table.columns", statements: ["ALTER TABLE outbox_events RENAME COLUMN aggregate_id TO x"],
            names: "aggregate_id"),
        Case(finding: "table.columns", statements: [], settings: [("column.headers", "extra_headers")], names: "extra_headers"),
        Case(finding: "table.status", statements: ["ALTER TABLE outbox_events DROP COLUMN status"], names: "after.publish=mark"),
        Case(finding: "table.unlogged", statements: ["ALTER TABLE outbox_events SET UNLOGGED"]),
        Case(
            finding: "table.kind", statements: ["CREATE VIEW events AS SELECT * FROM outbox_events"],
            settings: [("table", "events")],
            names: "events"),
        Case(finding: "publication.insert", statements: [published + " WITH (publish = 'update')"], names: "{name}"),
        Case(
            finding: "publication.table", statements: ["CREATE TABLE t (x int)", "CREATE PUBLICATION {name} FOR TABLE t"],
            names: "outbox_events"),
        Case(
            finding: "publication.row_filter", statements: [published + " WHERE (version > 1) WITH (publish = 'insert')"],
            names: "version",
            oldest: 15),
        Case(
            finding: "publication.columns",
            statements: [published + " (id, aggregate_id, payload, aggregate_type, event_type) WITH (publish = 'insert')"],
            names: "headers", oldest: 15),
        Case(
            finding: "publication.via_root",
            statements: [
                "DROP TABLE outbox_events",
                """
                CREATE TABLE outbox_events (id uuid, aggregate_id text, payload jsonb, status text) PARTITION BY HASH (id)
                """,
                "CREATE TABLE part PARTITION OF outbox_events FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
                published + " WITH (publish = 'insert', publish_via_partition_root = false)",
            ]),
        Case(
            finding: "publication.exists", statements: ["SELECT pg_create_logical_replication_slot('{name}', 'pgoutput')"],
            names: "{name}"),
        Case(
            finding: "slot.plugin", statements: [published, "SELECT pg_create_physical_replication_slot('{name}')"],
            names: "physical"),
        Case(
            finding: "slot.plugin",
            statements: [published, "SELECT pg_create_logical_replication_slot('{name}', 'test_decoding')"],
            names: "test_decoding"),
        Case(
            finding: "slot.two_phase",
            statements: [published, "SELECT pg_create_logical_replication_slot('{name}', 'pgoutput', false, true)"]),
        Case(
            finding: "checkpoint.system",
            statements: [
                published,
                "INSERT INTO outbox_checkpoints (slot_name, phase, system_id, timeline, end_lsn) VALUES ('{name}', 'streaming', '1', 1, '0/1')",
            ]),
        Case(
            finding: "slot.missing",
            statements: [
                published,
                """
                INSERT INTO outbox_checkpoints (slot_name, phase, system_id, timeline, end_lsn) \
                SELECT '{name}', 'streaming', system_identifier, 1, '0/1' FROM pg_control_system()
                """,
            ], names: "{name}"),
    ]

    @Test(arguments: cases)
    func `What would fail silently is refused by name`(wrong: Case) throws {
        for version in Versions.oldestAndNewest where version >= wrong.oldest {
            try Stage.perform(version: version, settings: wrong.settings) { stage in
                for statement in wrong.statements { try stage.execute(statement.replacing("{name}", with: stage.name)) }
                let relay = try stage.start(Stage.givingUp)
                #expect(try stage.findingsAtEnd(of: relay).contains(wrong.finding))
                let reason =
                    relay.lines("the relay cannot go on").first { $0.text("name") == wrong.finding }?.text("reason") ?? ""
                #expect(reason.contains(wrong.names.replacing("{name}", with: stage.name)), "\(reason)")
            }
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `A slot of another database`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            try stage.session(database: "postgres").execute(
                "SELECT pg_create_logical_replication_slot('\(stage.name)', 'pgoutput')")
            try stage.execute("CREATE PUBLICATION \(stage.name) FOR TABLE outbox_events")
            #expect(try stage.findingsOfStart() == ["slot.database"])
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `A role without REPLICATION, and one without rights on the tables`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            try stage.execute("CREATE ROLE \(stage.name) LOGIN")
            let settings = [("postgres.dsn", stage.server.dsn(user: stage.name, database: stage.name))]
            let relay = try stage.start(settings + Stage.givingUp)
            #expect(try stage.findingsAtEnd(of: relay).count == 1)
            let line = relay.lines("the relay cannot go on").first
            #expect(line?.description.contains("REPLICATION") == true, "\(line.map { "\($0)" } ?? "")")
            try stage.execute("ALTER ROLE \(stage.name) REPLICATION")
            try stage.execute("CREATE PUBLICATION \(stage.name) FOR TABLE outbox_events WITH (publish = 'insert')")
            #expect(try Set(stage.findingsOfStart(settings)) == ["table.select", "table.update", "checkpoint.table"])
            try stage.execute("GRANT SELECT, UPDATE ON outbox_events TO \(stage.name)")
            try stage.execute("GRANT SELECT, INSERT, UPDATE ON outbox_checkpoints TO \(stage.name)")
            try stage.startReady(settings)
            try stage.execute("REASSIGN OWNED BY \(stage.name) TO postgres")
            try stage.write([1])
            #expect(try stage.numbers(1) == [1])
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `wal_level=replica`(version: Int) throws {
        var options = PostgresOptions()
        options.settings = ["wal_level": "replica"]
        try Stage.perform(server: TestServers.ownPostgres(version: version, options: options)) { stage in
            let findings = try stage.findingsOfStart()
            #expect(findings == ["server.wal_level"])
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `A slot dropped, recreated or advanced behind our back`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            let relay = try stage.startReady()
            try stage.write([1])
            try stage.wait(for: "PUBLISHED=1", of: "SELECT status || '=' || count(*) FROM outbox_events GROUP BY status")
            try relay.terminate()
            try stage.write([2])
            let position = try stage.checkpoint()

            try stage.execute("SELECT pg_replication_slot_advance('\(stage.name)', pg_current_wal_lsn())")
            #expect(try stage.findingsOfStart() == ["slot.advanced"])
            try stage.execute("SELECT pg_drop_replication_slot('\(stage.name)')")
            #expect(try stage.findingsOfStart() == ["slot.missing"])
            #expect(try stage.confirmed() == nil, "never silently made anew")
            try stage.execute("SELECT pg_create_logical_replication_slot('\(stage.name)', 'pgoutput')")
            #expect(try stage.findingsOfStart() == ["slot.advanced"])
            #expect(try stage.checkpoint() == position)
            #expect(try stage.allNumbers() == [1])

            // The remedy that the finding names: nothing is missing in the end.
            try stage.execute("SELECT pg_drop_replication_slot('\(stage.name)')")
            try stage.execute("DELETE FROM outbox_checkpoints")
            try stage.startReady()
            try stage.write([3])
            #expect(try stage.numbers(3) == [1, 2, 3])
        }
    }

    @Test(arguments: Versions.all)
    func `A slot that lost its WAL to max_slot_wal_keep_size`(version: Int) throws {
        var options = PostgresOptions()
        options.settings = ["max_slot_wal_keep_size": "1MB", "max_wal_size": "64MB", "min_wal_size": "32MB"]
        try Stage.perform(server: TestServers.ownPostgres(version: version, options: options)) { stage in
            let relay = try stage.startReady()
            try stage.write([1])
            try stage.wait(for: "PUBLISHED=1", of: "SELECT status || '=' || count(*) FROM outbox_events GROUP BY status")
            try relay.terminate()
            try stage.write([2])
            for _ in 0..<4 {
                try stage.execute("SELECT pg_switch_wal()")
                try stage.execute("CREATE TABLE filler AS SELECT 1 AS x")
                try stage.execute("DROP TABLE filler")
            }
            try stage.execute("CHECKPOINT")
            try stage.wait(for: "lost", of: "SELECT wal_status FROM pg_replication_slots WHERE slot_name = '\(stage.name)'")
            #expect(try stage.findingsOfStart() == ["slot.lost"])
            try stage.execute("SELECT pg_drop_replication_slot('\(stage.name)')")
            try stage.execute("DELETE FROM outbox_checkpoints")
            try stage.startReady()
            #expect(try stage.numbers(2) == [1, 2])
        }
    }
}
