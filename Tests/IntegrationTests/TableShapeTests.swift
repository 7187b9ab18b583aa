import Drills
import ServiceRuntime
import TestSupport
import Testing

@Suite(.serialized, .needsServers)
struct TableShapeTests {
    @Test(arguments: Versions.all)
    func `A partitioned outbox is streamed under its root's name`(version: Int) throws {
        try Stage.perform(version: version, settings: [("after.publish", "keep")], hasTables: false) { stage in
            try stage.execute(
                """
                CREATE TABLE outbox_events (id uuid NOT NULL DEFAULT gen_random_uuid(), seq bigserial, aggregate_type text, \
                aggregate_id text, event_type text, payload jsonb, created_at timestamptz NOT NULL DEFAULT now()) \
                PARTITION BY RANGE (created_at)
                """)
            try stage.execute("CREATE TABLE old PARTITION OF outbox_events FOR VALUES FROM (MINVALUE) TO ('2020-01-01')")
            // A leaf whose columns stand in another order than the root's.
            try stage.execute(
                """
                CREATE TABLE new (created_at timestamptz NOT NULL DEFAULT now(), payload jsonb, gone text, event_type text, \
                seq bigint NOT NULL, aggregate_id text, aggregate_type text, id uuid NOT NULL DEFAULT gen_random_uuid())
                """)
            try stage.execute("ALTER TABLE new DROP COLUMN gone")
            try stage.execute("ALTER TABLE outbox_events ATTACH PARTITION new FOR VALUES FROM ('2020-01-01') TO (MAXVALUE)")
            try insert(stage, 1, "2019-06-01")
            try insert(stage, 2, "2026-06-01")
            try stage.startReady()
            try insert(stage, 3, "2019-06-01")
            try insert(stage, 4, "2026-06-01")
            try stage.execute("ALTER TABLE outbox_events DETACH PARTITION old")
            try insert(stage, 5, "2026-06-01")
            try stage.execute("CREATE TABLE older PARTITION OF outbox_events FOR VALUES FROM (MINVALUE) TO ('2020-01-01')")
            try insert(stage, 6, "2018-06-01")
            // Straight into a leaf: published under the root's name all the same.
            try stage.execute("INSERT INTO new SELECT now(), '{\"n\": 7}', 'E', 77, '7', 'T', gen_random_uuid()")
            #expect(try stage.numbers(7) == [1, 2, 3, 4, 5, 6, 7])
        }
    }

    private func insert(_ stage: Stage, _ number: Int, _ date: String) throws {
        try stage.execute(
            """
            INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload, created_at) \
            VALUES ('T', '1', 'E', '{"n": \(number)}', '\(date)')
            """)
    }

    @Test(arguments: Versions.all)
    func `A table with quotes, dots and capitals in its name`(version: Int) throws {
        try Stage.perform(version: version, hasTables: false) { stage in
            try stage.execute("CREATE SCHEMA \"Mixed Case\"")
            let table = "\"Mixed Case\".\"we\"\"ird.Table\""
            try stage.execute(
                """
                CREATE TABLE \(table) (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), aggregate_type text, aggregate_id text, \
                event_type text, payload jsonb, "Status?" text DEFAULT 'PENDING')
                """)
            try stage.write([1], table: table)
            let settings = [("table", table), ("column.status", "Status?"), ("publication.name", "Pub, \"it\" is")]
            try stage.startReady(settings)
            try stage.write([2, 3], table: table)
            #expect(try stage.numbers(3) == [1, 2, 3])
            try stage.wait(for: "3", of: "SELECT count(*) FROM \(table) WHERE \"Status?\" = 'PUBLISHED'")
            // Made where the table is.
            #expect(try stage.scalar("SELECT to_regclass('\"Mixed Case\".outbox_checkpoints') IS NOT NULL") == "t")
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `Debezium's table by columns=debezium`(version: Int) throws {
        let settings = [("table", "outbox"), ("columns", "debezium")]
        try Stage.perform(version: version, settings: settings, hasTables: false) { stage in
            try stage.execute(
                """
                CREATE TABLE outbox (id uuid PRIMARY KEY, aggregatetype varchar(255) NOT NULL, aggregateid varchar(255) NOT NULL, \
                type varchar(255) NOT NULL, payload jsonb)
                """)
            let relay = try stage.startReady()
            try stage.execute(
                "INSERT INTO outbox VALUES ('00000000-0000-4000-8000-000000000001', 'order', '7', 'Created', '{\"n\": 1}')")
            let record = try stage.records(1)[0]
            #expect(record.keyText == "7")
            #expect(
                record.text?.contains(#""aggregate_type":"order","aggregate_id":7,"event_type":"Created","payload":{"n": 1}"#)
                    == true)
            #expect(relay.lines("configuration").contains { $0.text("text")?.contains("after.publish is keep") == true })
            #expect(try stage.scalar("SELECT count(*) FROM outbox") == "1")
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `A table with names of its own, by column settings`(version: Int) throws {
        let settings = [
            ("table", "messages"), ("column.id", "uid"), ("column.seq", "No"), ("column.aggregate_type", ""),
            ("column.aggregate_id", "object"), ("column.event_type", "kind"), ("column.topic", "goes to"),
            ("column.partition_key", ""),
            ("column.payload", "body"), ("column.headers", "extra"), ("column.status", "state"), ("column.created_at", "at"),
            ("column.version", "format"), ("column.published_at", "sent"), ("column.error_message", "why"),
            ("column.retry_count", ""),
        ]
        try Stage.perform(version: version, settings: settings, hasTables: false) { stage in
            try stage.execute(
                """
                CREATE TABLE messages ("No" serial, kind varchar(20), body json, object bigint, uid text, extra json, "goes to" text, \
                state varchar(20) DEFAULT 'PENDING', at timestamp, format smallint, sent timestamptz, why text)
                """)
            try insert(stage, 1)
            try stage.startReady()
            try insert(stage, 2)
            let records = try stage.records(2)
            for (record, number) in zip(records, 1...) {
                #expect(
                    record.text == """
                        {"event_id":"uid'\(number)","occurred_at":"2026-01-02T03:04:05.000000Z","aggregate_type":"","aggregate_id":12,\
                        "event_type":"K","payload":{"z":1,   "a":\(number)},"version":5}
                        """)
                #expect(record.headerTexts == ["event_id=uid'\(number)", "event_type=K", "aggregate_type=", "x=1"])
            }
            try stage.execute(
                "INSERT INTO messages (kind, body, object, uid, \"goes to\") VALUES ('K', '1', 1, 'bad', 'no topic!')")
            try stage.wait(for: "2", of: "SELECT count(*) FROM messages WHERE state = 'PUBLISHED' AND sent IS NOT NULL")
            try stage.wait(
                for: "1", of: "SELECT count(*) FROM messages WHERE state = 'DEAD' AND why LIKE 'topic_invalid%' AND uid = 'bad'")
        }
    }

    private func insert(_ stage: Stage, _ number: Int) throws {
        try stage.execute(
            """
            INSERT INTO messages (kind, body, object, uid, extra, at, format) \
            VALUES ('K', '{"z":1,   "a":\(number)}', 12, 'uid''\(number)', '{"x":1}', '2026-01-02 03:04:05', 5)
            """)
    }

    @Test(arguments: Versions.all)
    func `A slot and a publication made by hand are used as they are, also without a checkpoint`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            try stage.write([1, 2])
            try stage.execute("CREATE PUBLICATION \(stage.name) FOR ALL TABLES WITH (publish = 'insert')")
            try stage.execute("SELECT pg_create_logical_replication_slot('\(stage.name)', 'pgoutput')")
            try stage.write([3, 4])
            try stage.execute("CREATE TABLE unrelated AS SELECT 1 AS x")
            try stage.execute("INSERT INTO unrelated VALUES (2)")
            let relay = try stage.startReady()
            try stage.write([5])
            #expect(try stage.numbers(3) == [3, 4, 5])
            try stage.wait(
                for: "PENDING=2", of: "SELECT status || '=' || count(*) FROM outbox_events WHERE seq <= 2 GROUP BY status")
            #expect(try relay.terminate() == .exited(0))
            #expect(try stage.allNumbers() == [3, 4, 5])
            #expect(try stage.scalar("SELECT phase FROM outbox_checkpoints") == "streaming")
            try stage.startReady()
            try stage.write([6])
            #expect(try stage.numbers(4) == [3, 4, 5, 6])
        }
    }
}
