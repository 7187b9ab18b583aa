import ByteCoding
import Configuration
import OutboxModel
import PostgresClient
import PostgresReplication
import RelayCore
import RelayOperations
import Testing

struct RetentionRuleTests {
    private let limits = RetentionLimits(published: "2026-01-01 00:00:00+00", dead: "2025-12-01 00:00:00+00", transaction: 4_000)

    private func table(_ columns: [(String, String)]) -> ServerFacts.Table {
        var table = ServerFacts.Table()
        table.columns = columns.map { .init(name: $0.0, type: $0.1, typeOID: 0, isNotNull: false) }
        return table
    }

    private var usual: ServerFacts.Table {
        table([
            ("id", "uuid"), ("seq", "bigint"), ("status", "text"), ("created_at", "timestamp with time zone"),
            ("published_at", "timestamp with time zone"),
        ])
    }

    private func rule(
        _ afterPublish: RelayCore.AfterPublish = .mark, table: ServerFacts.Table? = nil, dead: Bool = false,
        columns: ColumnNames = .standard, isSequenceIndexed: Bool = true
    ) throws -> RetentionRule {
        let name = PostgresClient.QualifiedName(schema: "Mixed Case", name: "we\"ird.Table")
        let options = RelayOptions(
            postgres: ConnectionSettings(dsn: "", applicationName: ""), table: name, columns: columns, afterPublish: afterPublish,
            routing: try RoutingPolicy(defaultTopic: "t", prefix: "", deadLetterTopic: "d"))
        let week = try TimeSpan("7d")
        return try RetentionRule(
            options, table: table ?? usual, ages: RetentionAges(published: week, dead: dead ? week : nil),
            isSequenceIndexed: isSequenceIndexed)
    }

    @Test func `only published rows go, dead ones when that was asked for`() throws {
        let time = "coalesce(\"published_at\", \"created_at\")"
        let published = "(\"status\" = 'PUBLISHED' AND \(time) < '2026-01-01 00:00:00+00'::timestamptz)"
        let dead = "(\"status\" = 'DEAD' AND \(time) < '2025-12-01 00:00:00+00'::timestamptz)"
        #expect(try rule().condition(limits) == published)
        #expect(try rule(dead: true).condition(limits) == "\(published) OR \(dead)")
        for condition in [try rule().condition(limits), try rule(dead: true).condition(limits)] {
            for state in ["PENDING", "PROCESSING", "FAILED"] { #expect(!condition.contains(state)) }
        }
    }

    @Test func `with keep a row goes only when its transaction is proven`() throws {
        let condition = try rule(.keep).condition(limits)
        #expect(condition == "(\"created_at\" < '2026-01-01 00:00:00+00'::timestamptz AND age(xmin) > age('4000'::xid))")
        #expect(try rule(.keep).needsProof)
        var unproven = limits
        unproven.transaction = nil
        #expect(try rule(.keep).condition(unproven).contains("age(xmin) > 2147483647"), "which no row satisfies")
        #expect(throws: OperationError.self) { try rule(.keep, dead: true) }
    }

    @Test func `a limit that is not known lets nothing go`() throws {
        let none = RetentionLimits(published: nil, dead: nil)
        #expect(try rule(dead: true).condition(none).contains("< '-infinity'::timestamptz"))
        #expect(none.latest == "'-infinity'::timestamptz")
    }

    @Test func `a table that cannot tell is refused with the reason`() throws {
        let withoutStatus = table([("id", "uuid"), ("created_at", "timestamp with time zone")])
        let error = #expect(throws: OperationError.self) { try rule(.delete, table: withoutStatus) }
        #expect(error?.description.contains("not published yet") == true)
        // Without a zone it is not known when it was.
        let withoutZone = table([("id", "uuid"), ("status", "text"), ("created_at", "timestamp without time zone")])
        #expect(throws: OperationError.self) { try rule(table: withoutZone) }
        #expect(throws: OperationError.self) { try rule(.keep, table: withoutZone) }
    }

    @Test func `the walk follows the index, or the blocks`() throws {
        #expect(try rule().walk == .sequence(column: "seq"))
        #expect(try rule(isSequenceIndexed: false).walk == .blocks)
        let text = table([("seq", "text"), ("status", "text"), ("created_at", "timestamp with time zone")])
        #expect(try rule(table: text).walk == .blocks)
    }

    @Test func `every name is quoted`() throws {
        let table = "\"Mixed Case\".\"we\"\"ird.Table\""
        let rule = try rule()
        #expect(
            rule.deletion(after: 1, through: 9, limits).hasPrefix(
                "DELETE FROM \(table) WHERE \"seq\" > 1 AND \"seq\" <= 9 AND (("))
        #expect(rule.stretch(after: 1, rows: 10, limits).contains("FROM \(table) WHERE \"seq\" > 1 ORDER BY \"seq\" LIMIT 10"))
        #expect(rule.count(limits).contains(table))
        let blocks = rule.deletion(from: rule.table, blocks: 0..<64, limits)
        #expect(blocks.contains("ctid >= '(0,0)'::tid AND ctid < '(64,0)'::tid AND (("))
    }

    @Test(
        arguments: [
            ("FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2026-02-01 00:00:00+00')", "2026-02-01 00:00:00+00"),
            ("FOR VALUES FROM (MINVALUE) TO ('2026-02-01 00:00:00+00')", "2026-02-01 00:00:00+00"),
            ("FOR VALUES FROM ('2026-01-01 00:00:00+00') TO (MAXVALUE)", nil), ("DEFAULT", nil),
            ("FOR VALUES IN ('a', 'b')", nil),
            ("FOR VALUES WITH (modulus 4, remainder 0)", nil), ("FOR VALUES FROM (1) TO (100)", nil),
            ("FOR VALUES FROM ('a', 1) TO ('b', 2)", nil), ("FOR VALUES FROM ('it''s') TO ('it''s')", nil),
            ("FOR VALUES FROM ('x) TO (y') TO ('2026-02-01 00:00:00+00')", nil), ("", nil),
        ] as [(String, String?)])
    func `the end of a partition's range is read, and nothing else taken for it`(text: String, end: String?) {
        #expect(PartitionBound.upperEnd(text) == end)
    }

    // MARK: Proof

    private func slot(_ confirmed: UInt64, isActive: Bool = true, isLost: Bool = false) -> ReplicationSlot {
        var slot = ReplicationSlot(name: "s")
        slot.confirmedFlushLSN = LSN(rawValue: confirmed)
        slot.isActive = isActive
        slot.walStatus = isLost ? "lost" : "reserved"
        return slot
    }

    private func checkpoint(_ end: UInt64, _ phase: Checkpoint.Phase = .streaming) -> Checkpoint {
        Checkpoint(slot: "s", phase: phase, systemID: "1", timeline: 1, endLSN: LSN(rawValue: end), events: 0)
    }

    @Test func `a position is proven by the checkpoint, or by the slot of a relay that streams`() {
        func refusal(_ slot: ReplicationSlot?, _ checkpoint: Checkpoint?) -> (text: String, isPassing: Bool)? {
            RetentionProof.refusal(slot: slot, checkpoint: checkpoint, needed: LSN(rawValue: 0x100))
        }
        #expect(refusal(slot(0x50), checkpoint(0x100)) == nil)
        #expect(refusal(slot(0x100), checkpoint(0x50)) == nil)
        #expect(refusal(slot(0x100, isActive: false), checkpoint(0x50))?.isPassing == false, "somebody may have advanced it")
        #expect(refusal(slot(0x99), checkpoint(0x50))?.isPassing == true)
        #expect(refusal(slot(0x200, isLost: true), checkpoint(0x200))?.isPassing == false)
        #expect(refusal(nil, checkpoint(0x200))?.isPassing == false)
        #expect(refusal(slot(0x200), nil)?.isPassing == false)
        #expect(refusal(slot(0x200), checkpoint(0, .snapshot))?.isPassing == false)
    }
}
