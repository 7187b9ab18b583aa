import OutboxModel
import PostgresClient
import RelayCore
import Testing

struct BookkeepingStatementsTests {
    private static let table = QualifiedName(schema: "public", name: "outbox_events")
    private static let all = Set(ColumnRole.allCases.map(\.rawValue))

    private func statements(
        _ after: AfterPublish, table: QualifiedName = table, columns: ColumnNames = .standard, existing: Set<String> = all,
        idType: String = "uuid"
    ) -> BookkeepingStatements {
        BookkeepingStatements(table: table, columns: columns, existing: existing, idType: idType, afterPublish: after)
    }

    @Test func `mark sets the status and the time`() {
        let made = statements(.mark)
        #expect(
            made.published
                == #"UPDATE "public"."outbox_events" SET "status" = 'PUBLISHED', "published_at" = now() WHERE "id" = ANY ($1::uuid[])"#
        )
        #expect(
            made.dead == #"UPDATE "public"."outbox_events" SET "status" = 'DEAD', "error_message" = $2 WHERE "id" = $1::uuid"#)
        #expect(made.deadTakesReason)
    }

    @Test func `delete takes the row away, and keeps a dead one with its reason`() {
        let made = statements(.delete)
        #expect(made.published == #"DELETE FROM "public"."outbox_events" WHERE "id" = ANY ($1::uuid[])"#)
        #expect(made.dead?.contains("'DEAD'") == true)
    }

    @Test func `keep writes nothing`() {
        let made = statements(.keep)
        #expect(made.published == nil && made.dead == nil)
    }

    @Test func `columns that the table lacks are left out`() {
        let without = statements(.mark, existing: ["id", "status"])
        #expect(without.published == #"UPDATE "public"."outbox_events" SET "status" = 'PUBLISHED' WHERE "id" = ANY ($1::uuid[])"#)
        #expect(without.dead == #"UPDATE "public"."outbox_events" SET "status" = 'DEAD' WHERE "id" = $1::uuid"#)
        #expect(!without.deadTakesReason)
        let noStatus = statements(.mark, existing: ["id"])
        #expect(noStatus.published == nil && noStatus.dead == nil)
        let debezium = statements(.delete, columns: .debezium, existing: ["id", "aggregateid", "payload"], idType: "text")
        #expect(debezium.published == #"DELETE FROM "public"."outbox_events" WHERE "id" = ANY ($1::text[])"#)
        #expect(debezium.dead == nil)
    }

    @Test func `names are the catalog's own, whatever is in them`() {
        var columns = ColumnNames.standard
        columns[.id] = "Event Id"
        columns[.status] = "st\"atus; DROP TABLE x; --"
        columns[.publishedAt] = nil
        let made = statements(
            .mark, table: QualifiedName(schema: "My Schema", name: "we\"ird.Table"), columns: columns,
            existing: ["Event Id", "st\"atus; DROP TABLE x; --"], idType: "character varying(36)")
        #expect(
            made.published
                == #"UPDATE "My Schema"."we""ird.Table" SET "st""atus; DROP TABLE x; --" = 'PUBLISHED' "#
                + #"WHERE "Event Id" = ANY ($1::character varying(36)[])"#)
    }
}
