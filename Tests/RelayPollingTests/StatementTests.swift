import OutboxModel
import PostgresClient
import RelayCore
import RelayPolling
import Testing

@Suite struct StatementTests {
    private static let name = QualifiedName(schema: "Mixed Case", name: "we\"ird.Table")
    private static let columns: [(String, String)] = [
        ("id", "uuid"), ("seq", "bigint"), ("aggregate_id", "bigint"), ("payload", "jsonb"), ("status", "text"),
        ("retry_count", "integer"), ("next_attempt_at", "timestamp with time zone"), ("error_message", "text"),
        ("locked_at", "timestamp with time zone"), ("locked_by", "text"), ("Part \"Key\"", "text"),
        ("published_at", "timestamp with time zone"),
    ]
    private static let worker = WorkerName(slot: "o'slot", session: 255)

    private static func facts(without missing: Set<String> = [], types: [String: String] = [:]) -> ServerFacts.Table {
        var table = ServerFacts.Table()
        table.columns = columns.filter { !missing.contains($0.0) }.map {
            ServerFacts.Table.Column(name: $0.0, type: types[$0.0] ?? $0.1, typeOID: 25, isNotNull: false)
        }
        return table
    }

    private static var names: ColumnNames {
        var names = ColumnNames.standard
        names[.partitionKey] = "Part \"Key\""
        return names
    }

    private static var table: PollingTable { PollingTable(name: name, columns: names, table: facts()) }

    private func findings(_ table: ServerFacts.Table?, _ after: AfterPublish = .mark) -> [String] {
        PollingTable.findings(name: Self.name, columns: Self.names, table: table, afterPublish: after, workerLength: 40).map(
            \.check)
    }

    @Test func `A worker's name says program, slot and session`() {
        #expect(Self.worker.prefix == "outbox-relay/o'slot/")
        #expect(Self.worker.name == "outbox-relay/o'slot/00000000000000ff")
    }

    @Test(arguments: ["id", "status", "retry_count", "next_attempt_at", "error_message", "locked_at", "locked_by", "seq"])
    func `Every column that polling needs is missed by name`(column: String) {
        let found = PollingTable.findings(
            name: Self.name, columns: Self.names, table: Self.facts(without: [column]), afterPublish: .mark, workerLength: 40)
        #expect(found.map(\.check) == ["polling.columns"])
        #expect(found.first?.fact.contains(column) == true)
    }

    @Test func `What cannot work is refused`() {
        #expect(findings(Self.facts()) == [])
        #expect(findings(nil) == ["table.exists"])
        #expect(findings(Self.facts(), .keep) == ["polling.keep"])
        #expect(findings(Self.facts(types: ["locked_by": "character varying(39)"])) == ["polling.locked_by"])
        #expect(findings(Self.facts(types: ["locked_by": "character varying(40)"])) == [])
        var weak = Self.facts()
        weak.canUpdate = false
        weak.canDelete = false
        #expect(findings(weak) == ["table.update"])
        #expect(findings(weak, .delete) == ["table.update", "table.delete"])
    }

    private func claim(shards: [Int]?, settled: [Int]?, peers: Bool = false, pending: Bool = false) -> String {
        ClaimStatement(
            table: Self.table, locks: LockNames(slot: "o'slot"), worker: Self.worker, shardCount: 8, leaseMilliseconds: 30_000,
            pending: "SELECT 7"
        ).sql(
            ClaimStatement.Request(
                limit: 500, bytes: 1_000, shards: shards, settled: settled, asksPeers: peers, asksPending: pending))
    }

    @Test func `Names are quoted wherever they stand in a claim`() {
        let sql = claim(shards: [1], settled: [])
        #expect(sql.contains(#""Mixed Case"."we""ird.Table" AS t"#))
        #expect(sql.contains(#"nullif(t."Part ""Key"""::text, '')"#))
        #expect(sql.contains("'outbox-relay/o''slot/00000000000000ff'"))
        #expect(sql.contains("hashtextextended('outbox-relay-wish:o''slot', 0)"))
        #expect(sql.contains("FOR UPDATE OF t SKIP LOCKED") && sql.contains("LIMIT 500"))
    }

    @Test func `Shards are tested only by a publisher that does not own all of them`() {
        #expect(!claim(shards: nil, settled: nil).contains("% 8"))
        let some = claim(shards: [1, 5], settled: [5])
        #expect(some.contains("% 8 IN (1, 5)") && some.contains("% 8 IN (5)"))
        #expect(claim(shards: [], settled: []).contains("AND false"))
    }

    @Test func `Others and the backlog are looked at when asked for`() {
        let without = claim(shards: nil, settled: nil)
        #expect(!without.contains("pg_locks") && !without.contains("SELECT 7"))
        let with = claim(shards: nil, settled: nil, peers: true, pending: true)
        #expect(with.contains("pg_locks") && with.contains("(SELECT 7)"))
    }

    @Test func `Marks change only rows that the worker still holds`() {
        let keys = ["a", "a", "b", "c", "c"]
        var outcome = BatchOutcome(ids: ["i'0", "1", "2", "3", "4"], keys: keys, attempts: [0, 0, 0, 9, 0])
        outcome.deliver(0)
        outcome.deliver(1)
        outcome.bury(2, reason: "it's bad")
        outcome.fail(3, reason: "refused", random: 0)
        outcome.giveBack(4)
        let statements = MarkStatements(table: Self.table, afterPublish: .mark, worker: Self.worker).sql(outcome)
            .split(separator: ";\n").map(String.init)
        #expect(statements.count == 4)
        for statement in statements {
            #expect(
                statement.hasSuffix(
                    "AND t.\"status\" = 'PROCESSING' AND t.\"locked_by\" = 'outbox-relay/o''slot/00000000000000ff'"))
        }
        #expect(
            statements[0].contains("'PUBLISHED', \"published_at\" = now()") && statements[0].contains("ARRAY['i''0','1']::uuid[]")
        )
        #expect(statements[1].contains("'PENDING'") && statements[1].contains("ARRAY['4']"))
        #expect(statements[2].contains("'DEAD'") && statements[2].contains("'it''s bad'"))
        #expect(statements[3].contains("'FAILED'") && statements[3].contains("now() + interval '300000 milliseconds'"))
        let deleting = MarkStatements(table: Self.table, afterPublish: .delete, worker: Self.worker).sql(outcome)
        #expect(deleting.hasPrefix("DELETE FROM ") && deleting.contains("'DEAD'"))
    }

    @Test func `Nothing known, nothing written`() {
        let outcome = BatchOutcome(ids: ["1"], keys: ["a"], attempts: [0])
        #expect(MarkStatements(table: Self.table, afterPublish: .mark, worker: Self.worker).sql(outcome).isEmpty)
    }

    @Test func `The next claim asks for twice what would fit`() {
        var pace = ClaimPace(limit: 500, bytes: 1_000_000)
        #expect(pace.limit == 500)
        pace.note(rows: 10, bytes: 1_000_000)
        #expect(pace.limit == 20)
        pace.note(rows: 1, bytes: 90_000_000)
        #expect(pace.limit == 1)
        pace.note(rows: 0, bytes: 0)
        #expect(pace.limit == 1)
        pace.note(rows: 100, bytes: 100)
        #expect(pace.limit == 500)
    }
}
