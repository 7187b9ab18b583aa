import Configuration
import Testing

struct SettingValueTests {
    @Test func `defaults are those of the design`() throws {
        let settings = try SettingsLoader.load(file: nil, environment: [:])
        #expect(settings.postgres.dsn.isEmpty)
        #expect(settings.postgres.password == nil)
        #expect(settings.slotName == "outbox_relay")
        #expect(settings.publicationName == "outbox_relay")
        #expect(settings.table == QualifiedName(schema: "public", name: "outbox_events"))
        #expect(settings.checkpointTable == QualifiedName(schema: "public", name: "outbox_checkpoints"))
        #expect(settings.columns.preset == .standard)
        #expect(ColumnRole.allCases.allSatisfy { settings.columns[$0] == $0.rawValue })
        #expect(settings.columns.explicitRoles.isEmpty)
        #expect(settings.mode == .auto)
        #expect(settings.delivery == .atLeastOnce)
        #expect(settings.afterPublish == .mark)
        #expect(settings.routing.defaultTopic == "default.events")
        #expect(settings.routing.prefix.isEmpty)
        #expect(settings.routing.pattern == nil)
        #expect(settings.format == .envelope)
        #expect(settings.cloudEventsSource == "/outbox-relay")
        #expect(settings.deadLetter.action == .topic)
        #expect(settings.deadLetter.topic == "deadletter.events")
        #expect(settings.httpListen == ListenAddress(host: "127.0.0.1", port: 9464))
        #expect(settings.log.format == nil)
        #expect(settings.log.level == .info)
        #expect(settings.flow.inFlightEvents == 10000)
        #expect(settings.flow.inFlightBytes == 16 * 1024 * 1024)
        #expect(settings.flow.drainTimeoutMilliseconds == 7000)
        #expect(settings.flow.feedbackIntervalMilliseconds == 10000)
        #expect(settings.flow.stallTimeoutMilliseconds == 10000)
        #expect(settings.warnings.isEmpty)
    }

    @Test(arguments: [
        ("slot.name=abc_09", "slot.name", "abc_09"), ("publication.name=My Pub", "publication.name", "My Pub"),
        ("mode=cdc", "mode", "cdc"), ("in.flight.bytes=1048576", "in.flight.bytes", "1048576"),
        ("topic.default=", "topic.default", ""), ("http.listen=off", "http.listen", "off"),
        ("postgres.dsn=postgresql://u@h/d", "postgres.dsn", "postgresql://u@h/d"), ("log.format=", "log.format", ""),
        ("table=shop.events", "checkpoint.table", "shop.outbox_checkpoints"), ("columns=debezium", "column.event_type", "type"),
    ])
    func `good values are taken and shown`(text: String, key: String, shown: String) throws {
        #expect(try load(text).shown(key) == shown)
    }

    @Test(arguments: [
        ("slot.name=Outbox", #""Outbox" has other characters than a-z, 0-9 and _ (allowed: 1 to 63 of a-z, 0-9 and _)"#),
        ("slot.name=", #""" has 0 characters (allowed: 1 to 63 of a-z, 0-9 and _)"#),
        ("publication.name=", #""" is empty (allowed: 1 to 63 bytes)"#),
        (
            "mode=polling\nafter.publish=keep",
            "is keep, and polling would publish the same rows again and again (allowed: mark, delete; or mode=cdc)"
        ),
        ("polling.shards=0", #""0" is out of range (allowed: 1 to 256)"#),
        ("mode=CDC", #""CDC" is not known; did you mean cdc? (allowed: auto, cdc, polling)"#),
        ("delivery=exactly-once", "delivery=exactly-once does not exist in this version (allowed: at-least-once)"),
        ("after.publish=forget", #""forget" is not known (allowed: mark, delete, keep)"#),
        ("columns=debezum", #""debezum" is not known; did you mean debezium? (allowed: standard, debezium)"#),
        ("column.id=", #""" is empty (allowed: 1 to 63 bytes)"#),
        (
            "topic.default=a b",
            #""a b" has a character that Kafka refuses (allowed: 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-', or empty for none)"#
        ),
        ("dead.letter.topic=..", #"".." is reserved (allowed: 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-')"#),
        ("topic.prefix=é", #""é" has a character that Kafka refuses (allowed: up to 200 of a-z, A-Z, 0-9, '.', '_' and '-')"#),
        (
            "cloudevents.source=a b",
            #""a b" has a character that a URI cannot have (allowed: a URI or the end of one, without blanks)"#
        ),
        ("in.flight.events=many", #""many" is not a whole number (allowed: 100 to 1000000)"#),
        ("in.flight.events=1000001", #""1000001" is out of range (allowed: 100 to 1000000)"#),
        ("feedback.interval.ms=99", #""99" is out of range (allowed: 100 to 10000)"#),
        ("in.flight.bytes=1 MB", #""1 MB" is not a number of bytes (allowed: 1 MiB to 1 GiB, in bytes or with KiB, MiB, GiB)"#),
        (
            "in.flight.bytes=9999999999999999999 GiB",
            #""9999999999999999999 GiB" is not a number of bytes (allowed: 1 MiB to 1 GiB, in bytes or with KiB, MiB, GiB)"#
        ),
        (
            "in.flight.bytes=9999999999999999 GiB",
            #""9999999999999999 GiB" is out of range (allowed: 1 MiB to 1 GiB, in bytes or with KiB, MiB, GiB)"#
        ),
        ("log.level=loud", #""loud" is not known (allowed: debug, info, warning, error)"#),
        ("log.format=xml", #""xml" is not known (allowed: text, json, or empty to decide by the terminal)"#),
        (
            "postgres.dsn=mysql://u:hunter2@h/d",
            #"the value begins with another scheme than postgresql:// or postgres:// (allowed: a libpq URI (postgresql://...) or keywords (host=... dbname=...))"#
        ),
        (
            "postgres.dsn=hunter2",
            "the value is neither a URI nor key=value pairs (allowed: a libpq URI (postgresql://...) or keywords (host=... dbname=...))"
        ),
        ("column.status=\nafter.publish=mark", "mark needs a status column, and column.status is empty (allowed: delete, keep)"),
        ("topic.pattern=x.${event_type}\ncolumn.event_type=", "uses ${event_type}, and column.event_type is empty"),
        ("checkpoint.table=public.outbox_events", "is the outbox table itself"),
        (
            "dead.letter.topic=dev.x\ntopic.prefix=dev.\ntopic.default=x",
            "is the topic of ordinary events as well (topic.prefix and topic.default)"
        ),
        (
            "postgres.password=hunter2\npostgres.dsn=host=h password=hunter2",
            "the connection string holds a password as well (allowed: one of the two)"
        ),
    ])
    func `bad values are refused with what is allowed`(text: String, message: String) throws {
        let found = try problems(text)
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix(": " + message) == true, "\(found)")
        #expect(found.first?.contains("hunter2") == false)
    }

    @Test func `retention is off unless told, and takes lengths of time`() throws {
        let usual = try load("")
        #expect(usual.retention.published == nil && usual.retention.dead == nil && !usual.slotFailover)
        #expect(usual.retention.intervalMilliseconds == 60_000 && usual.retention.batchSize == 1_000)
        let given = try load("retention.published=7d\nretention.dead=4w\nretention.batch.size=50\nslot.failover=true")
        #expect(given.retention.published?.description == "7d" && given.retention.dead?.description == "28d")
        #expect(given.retention.batchSize == 50 && given.slotFailover)
    }

    @Test(arguments: [
        "retention.published=7", "retention.published=500ms", "retention.interval.ms=10", "retention.batch.size=1",
        "slot.failover=yes", "after.publish=keep\nretention.dead=7d",
    ])
    func `nonsense about retention and failover is refused`(text: String) throws {
        #expect(try problems(text).count == 1)
    }

    @Test(arguments: [
        ("2 MiB", 2 << 20), ("2MiB", 2 << 20), ("4096KiB", 4 << 20), ("1 GiB", 1 << 30), ("1048577", (1 << 20) + 1),
    ])
    func `sizes have units`(text: String, bytes: Int) throws {
        #expect(try load("in.flight.bytes=\(text)").flow.inFlightBytes == bytes)
    }

    @Test(arguments: [
        ("events", "public", "events", "public.events"), ("Shop.Events", "shop", "events", "shop.events"),
        (#""Shop"."Ev.ents""#, "Shop", "Ev.ents", #""Shop"."Ev.ents""#),
        (#""we""ird.Table""#, "public", #"we"ird.Table"#, #"public."we""ird.Table""#),
        (#"shop."a b""#, "shop", "a b", #"shop."a b""#), ("é.tabelle_1$", "é", "tabelle_1$", "é.tabelle_1$"),
    ])
    func `table names are read as in SQL`(text: String, schema: String, name: String, shown: String) throws {
        let table = try load(overrides: [("table", text)]).table
        #expect(table == QualifiedName(schema: schema, name: name))
        #expect(table.description == shown)
        #expect(try load(overrides: [("table", table.description)]).table == table)
    }

    @Test(arguments: [
        ("", "has an empty part"), ("a.", "has an empty part"), (".a", "has an empty part"),
        ("a.b.c", "has more than a schema and a table"),
        ("a b", "has a character that needs double quotes"), (#""a"#, "has no closing double quote"),
        (#""a"b"#, "has text after a closing quote"),
        (#""""#, "has an empty part"), ("1a", "begins with a character that needs double quotes"),
        (String(repeating: "a", count: 64), "has a part longer than 63 bytes"),
    ])
    func `broken table names are refused`(text: String, reason: String) throws {
        let found = try problems(overrides: [("table", text)])
        #expect(found.first?.contains(reason) == true, "\(found)")
    }

    @Test(arguments: [
        ("0.0.0.0:80", "0.0.0.0", UInt16(80), "0.0.0.0:80"), ("localhost:0", "localhost", 0, "localhost:0"),
        ("[::1]:9464", "::1", 9464, "[::1]:9464"),
    ])
    func `listen addresses are read`(text: String, host: String, port: UInt16, shown: String) throws {
        let address = try #require(try load("http.listen=\(text)").httpListen)
        #expect(address == ListenAddress(host: host, port: port))
        #expect(address.description == shown)
    }

    @Test(arguments: [
        (":80", "names no host"), ("h", "has no port"), ("h:", "has no port"), ("h:65536", "has no port"),
        ("h:+1", "has no port"),
        ("::1:80", "IPv6 address without brackets"), ("[::1]", "has no port"), ("[::1", "no closing bracket"),
        ("[h]:80", "no IPv6 address"),
        ("a b:80", "strange character"),
    ])
    func `broken listen addresses are refused`(text: String, reason: String) throws {
        let found = try problems(overrides: [("http.listen", text)])
        #expect(found.first?.contains(reason) == true, "\(found)")
    }

    @Test func `a topic pattern is split into its parts`() throws {
        let pattern = try #require(try load("topic.pattern=a.${aggregate_type}-${event_type}").routing.pattern)
        #expect(pattern.parts == [.text("a."), .placeholder(.aggregateType), .text("-"), .placeholder(.eventType)])
        #expect(pattern.description == "a.${aggregate_type}-${event_type}")
    }

    @Test(arguments: [
        ("a.${topic}", "unknown placeholder \"topic\""), ("a", "has no placeholder"), ("a$b", "has a $ that does not begin"),
        ("${aggregate_type", "has a $ that does not begin"), ("a b${event_type}", "has a character that Kafka refuses"),
    ])
    func `broken topic patterns are refused`(text: String, reason: String) throws {
        let found = try problems(overrides: [("topic.pattern", text)])
        #expect(found.first?.contains(reason) == true, "\(found)")
    }

    @Test func `columns can be renamed and left out`() throws {
        let columns = try load("columns=debezium\ncolumn.headers=meta\ncolumn.event_type=\ncolumn.status=state").columns
        #expect(columns.preset == .debezium)
        #expect(columns.id == "id")
        #expect(columns.aggregateID == "aggregateid")
        #expect(columns.payload == "payload")
        #expect(columns[.aggregateType] == "aggregatetype")
        #expect(columns[.headers] == "meta")
        #expect(columns[.eventType] == nil)
        #expect(columns[.topic] == nil)
        #expect(columns.explicitRoles == [.headers, .status])
    }

    @Test func `without a status column rows are kept, and that is said`() throws {
        let settings = try load("columns=debezium")
        #expect(settings.afterPublish == .keep)
        #expect(settings.shown("after.publish") == "keep")
        #expect(settings.warnings == ["after.publish is keep, because there is no status column (column.status) to mark"])
        #expect(try load("columns=debezium\nafter.publish=delete").afterPublish == .delete)
        #expect(try load("columns=debezium\nafter.publish=delete").warnings.isEmpty)
    }
}
