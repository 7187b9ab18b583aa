import Drills
import TestSupport
import Testing

@Suite(.serialized, .needsServers)
struct SchemaChangeTests {
    @Test(arguments: Versions.all)
    func `Columns come, go and move while it runs, also between two inserts of one transaction`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            let relay = try stage.startReady()
            let other = try stage.createTopic("\(stage.name).other")
            try stage.execute("BEGIN")
            try stage.write([1], key: "k")
            try stage.execute("ALTER TABLE outbox_events ADD COLUMN extra text NOT NULL DEFAULT 'x'")
            try stage.write([2], key: "k")
            try stage.execute("ALTER TABLE outbox_events DROP COLUMN extra")
            try stage.write([3], key: "k")
            try stage.execute("COMMIT")

            // Dropped and added again a column stands at the end: what is matched by place would now be wrong.
            try stage.execute("BEGIN")
            try insert(stage, 4, "headers", "'{\"h\": \"before\"}'")
            for column in ["aggregate_type text NOT NULL DEFAULT 'moved'", "headers jsonb", "partition_key text"] {
                try stage.execute("ALTER TABLE outbox_events DROP COLUMN \(column.prefix { $0 != " " })")
                try stage.execute("ALTER TABLE outbox_events ADD COLUMN \(column)")
            }
            try insert(stage, 5, "headers, partition_key", "'{\"h\": \"after\"}', 'other key'")
            try stage.execute("COMMIT")

            try stage.execute("ALTER TABLE outbox_events DROP COLUMN version, DROP COLUMN headers, DROP COLUMN created_at")
            try insert(stage, 6, "topic", "'\(other)'")
            try stage.execute("ALTER TABLE outbox_events DROP COLUMN topic")
            try stage.write([7], key: "k")
            try stage.execute("ALTER TABLE outbox_events ALTER COLUMN aggregate_id TYPE varchar(50)")
            try stage.write([8], key: "k")

            let records = try stage.records(7)
            #expect(records.map(\.number) == [1, 2, 3, 4, 5, 7, 8])
            #expect(try stage.numbers(1, in: other) == [6])
            #expect(records.map(\.keyText) == ["k", "k", "k", "9", "other key", "k", "k"])
            #expect(records[3].headerText("h") == "before" && records[3].headerText("aggregate_type") == "T")
            #expect(records[4].headerText("h") == "after" && records[4].headerText("aggregate_type") == "T")
            #expect(records[6].text?.hasSuffix("\"version\":1}") == true)
            try stage.wait(for: "PUBLISHED=8", of: "SELECT status || '=' || count(*) FROM outbox_events GROUP BY status")
            #expect(relay.lines("the outbox table's columns changed").count >= 4)
            #expect(relay.lines("streaming").count == 1, "nothing made it connect again")
            #expect(try stage.allRecords(in: stage.setup.deadLetterTopic).isEmpty)
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `A required column that disappears stops the relay, and nothing is lost when it is named`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            let relay = try stage.startReady()
            try stage.write([1])
            try stage.records(1)
            try stage.execute("ALTER TABLE outbox_events RENAME COLUMN payload TO body")
            try stage.execute(
                "INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, body) VALUES ('T', '1', 'E', '{\"n\": 2}')")
            let position = try stage.walPosition()
            #expect(try stage.findingsAtEnd(of: relay) == ["table.columns"])
            #expect(relay.lines("the relay cannot go on").first?.text("reason")?.contains("payload") == true)
            #expect(try stage.confirmed() ?? position < position)
            #expect(try stage.findingsOfStart() == ["table.columns"])
            try stage.startReady([("column.payload", "body")])
            #expect(try stage.numbers(2) == [1, 2])
        }
    }

    private func insert(_ stage: Stage, _ number: Int, _ columns: String, _ values: String) throws {
        try stage.execute(
            """
            INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload, \(columns)) \
            VALUES ('T', '9', 'E', '{"n": \(number)}', \(values))
            """)
    }
}
