import Configuration
import Testing

struct AliasTests {
    @Test(arguments: [
        ("postgresql+asyncpg://u:p%40@h:5432/db", "postgresql://u:p%40@h:5432/db"),
        ("postgresql://u@h/db", "postgresql://u@h/db"),
        ("postgres+psycopg2://h/db?sslmode=require", "postgresql://h/db?sslmode=require"),
        ("postgresql+asyncpg://h/db?ssl=require&command_timeout=5", "postgresql://h/db?sslmode=require"),
        ("postgresql+asyncpg://h/db?ssl=True", "postgresql://h/db?sslmode=require"),
        ("postgresql+asyncpg://h/db?prepared_statement_cache_size=0", "postgresql://h/db"),
    ])
    func `a SQLAlchemy URL becomes libpq's`(url: String, dsn: String) throws {
        #expect(try load(environment: ["DATABASE_CONN": url]).postgres.dsn == dsn)
    }

    @Test(arguments: [
        ("mysql+aiomysql://u:hunter2@h/db", "is not a URL of PostgreSQL"), ("hunter2", "is not a URL such as"),
    ])
    func `other URLs are refused without being shown`(url: String, reason: String) throws {
        let found = try problems(environment: ["DATABASE_CONN": url])
        #expect(
            found.first?.contains("environment variable DATABASE_CONN: postgres.dsn: the value of DATABASE_CONN \(reason)")
                == true)
        #expect(found.first?.contains("hunter2") == false)
    }

    @Test func `an env file of the polling publisher works as it is`() throws {
        let settings = try load(
            environment: ["KAFKA_USER": "from_env"],
            envFile: """
                DATABASE_CONN=postgresql+asyncpg://u:p@h/db
                KAFKA_BOOTSTRAP_SERVERS=a:9092,b:9092
                KAFKA_USER=user
                KAFKA_PASSWORD='hunter2'
                KAFKA_SASL_MECHANISM=SCRAM-SHA-256
                POLL_INTERVAL_SECONDS=5
                BATCH_SIZE=100
                """)
        #expect(settings.postgres.dsn == "postgresql://u:p@h/db")
        #expect(settings.kafka("bootstrap.servers") == "a:9092,b:9092")
        #expect(settings.kafka("sasl.username") == "from_env")
        #expect(settings.kafka("sasl.password") == "hunter2")
        #expect(settings.kafka("sasl.mechanisms") == "SCRAM-SHA-256")
        #expect(settings.kafka("security.protocol") == "sasl_plaintext")
        #expect(settings.polling.intervalMilliseconds == 5_000 && settings.polling.batchSize == 100)
        #expect(settings.warnings.isEmpty)
        #expect(settings.source("kafka.sasl.username") == "environment variable KAFKA_USER")
        #expect(settings.source("kafka.security.protocol")?.hasPrefix("implied by KAFKA_SASL_MECHANISM (") == true)
        #expect(settings.shown("kafka.sasl.password") == "***")
    }

    @Test func `our own settings win over the names of others`() throws {
        let theirs = [
            "DATABASE_CONN": "mysql://x", "KAFKA_BOOTSTRAP_SERVERS": "theirs:1", "KAFKA_USER": "theirs",
            "KAFKA_PASSWORD": "theirs", "KAFKA_SASL_MECHANISM": "theirs", "KAFKA_SECURITY_PROTOCOL": "SSL",
        ]
        let settings = try load(
            """
            postgres.dsn=host=h
            kafka.metadata.broker.list=ours:1
            kafka.sasl.username=ours
            kafka.sasl.password=ours
            kafka.sasl.mechanism=PLAIN
            kafka.security.protocol=sasl_ssl
            """, environment: theirs)
        #expect(settings.postgres.dsn == "host=h")
        #expect(!settings.kafkaProperties.contains { $0.1.contains("theirs") })
        #expect(settings.kafka("sasl.mechanism") == "PLAIN")
        #expect(settings.kafka("security.protocol") == "sasl_ssl")
    }

    @Test(
        arguments: [
            (["KAFKA_SASL_MECHANISM": "PLAIN", "KAFKA_SECURITY_PROTOCOL": "SASL_SSL"], "sasl_ssl"),
            (["KAFKA_SASL_MECHANISM": "PLAIN", "OUTBOX_KAFKA_SECURITY_PROTOCOL": "sasl_ssl"], "sasl_ssl"),
            (["KAFKA_SASL_MECHANISM": "PLAIN"], "sasl_plaintext"), (["KAFKA_SASL_MECHANISM": ""], nil),
            (["KAFKA_USER": "u"], nil),
        ] as [([String: String], String?)])
    func `a mechanism alone means SASL without TLS`(environment: [String: String], protocolName: String?) throws {
        #expect(try load(environment: environment).kafka("security.protocol") == protocolName)
    }

    @Test func `the Event Router's properties are understood with their defaults`() throws {
        let settings = try load(
            """
            transforms=outbox
            transforms.outbox.type=io.debezium.transforms.outbox.EventRouter
            transforms.outbox.table.field.event.id=event_id
            transforms.outbox.table.field.event.key=key_field
            transforms.outbox.table.field.event.type=kind
            table.field.event.payload=body
            table.field.event.timestamp=at
            route.by.field=channel
            route.topic.replacement=shop.${routedByValue}.v1
            table.op.invalid.behavior=fatal
            transforms.outbox.table.expand.json.payload=true
            """)
        #expect(settings.columns.preset == .debezium)
        #expect(settings.columns.id == "event_id")
        #expect(settings.columns[.partitionKey] == "key_field")
        #expect(settings.columns[.eventType] == "kind")
        #expect(settings.columns.payload == "body")
        #expect(settings.columns[.createdAt] == "at")
        #expect(settings.columns[.aggregateType] == "channel")
        #expect(settings.columns.aggregateID == "aggregateid")
        #expect(settings.routing.pattern?.description == "shop.${aggregate_type}.v1")
        #expect(settings.format == .debezium)
        #expect(settings.afterPublish == .keep)
        #expect(settings.warnings.count == 5)
        #expect(settings.source("format")?.hasPrefix("implied by transforms.outbox.table.field.event.id (") == true)
    }

    @Test func `the Event Router's default pattern applies, and our own settings win`() throws {
        #expect(try load("route.by.field=channel").routing.pattern?.description == "outbox.event.${aggregate_type}")
        let settings = try load(
            """
            table.field.event.id=theirs
            column.id=ours
            columns=standard
            format=envelope
            after.publish=mark
            topic.pattern=
            """, environment: ["OUTBOX_TABLE_FIELD_EVENT_TYPE": "from_env"])
        #expect(settings.columns.id == "ours")
        #expect(settings.columns[.eventType] == "from_env")
        #expect(settings.columns.preset == .standard)
        #expect(settings.format == .envelope)
        #expect(settings.afterPublish == .mark)
        #expect(settings.routing.pattern == nil)
    }

    @Test(arguments: [
        ("table.field.event.payload.id=x", "column.aggregate_id"),
        ("transforms.o.table.field.event.schema.version=x", "column.version"),
        ("table.fields.additional.placement=a:header:b", "the headers column"),
        ("route.topic.regex=(.*)", "topic.pattern"),
        ("route.tombstone.on.empty.payload=true", "nothing: a NULL payload is a tombstone"),
        ("table.json.payload.null.behavior=x", "nothing: the payload's JSON text"),
        ("transforms.o.route.unknown=x", "topic.default and topic.pattern"),
        ("table.include.list=public.x", "table"),
        ("tracing.span.context.field=x", "traceparent"),
        ("debezium.op.invalid.behavior=warn", "inserts only"),
    ])
    func `other properties of the router are refused by name`(line: String, hint: String) throws {
        let key = String(line.prefix { $0 != "=" })
        let found = try problems(line)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("f:1: \(key): the Event Router's property is not understood here; use instead: ") == true)
        #expect(found.first?.contains(hint) == true)
    }

    @Test(arguments: [
        ("table.expand.json.payload=maybe", #"f:1: table.expand.json.payload: "maybe" is not known (allowed: true, false)"#),
        (
            "transforms.a.type=org.x.Mask",
            "f:1: transforms.a.type: of Kafka Connect's transforms only the outbox Event Router is understood"
        ),
        ("transforms.a.foo=x", "f:1: transforms.a.foo: is not a setting"),
        (
            "route.topic.replacement=all.events",
            #"f:1: route.topic.replacement: "all.events" has no placeholder; a fixed topic is topic.default (allowed: topic characters with ${aggregate_type} and ${event_type}, or empty for none)"#
        ),
    ])
    func `wrong values of the router are refused`(line: String, problem: String) throws {
        #expect(try problems(line) == [problem])
    }
}
