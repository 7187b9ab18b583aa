import Configuration
import Testing

struct PrecedenceTests {
    @Test func `later sources win and are named`() throws {
        let file = "slot.name=from_file\npublication.name=from_file\ntable=from_file\nkafka.linger.ms=1\nkafka.client.id=file"
        let settings = try load(
            file,
            environment: ["OUTBOX_PUBLICATION_NAME": "from_env", "OUTBOX_TABLE": "from_env", "OUTBOX_KAFKA_LINGER_MS": "3"],
            overrides: [("table", "first"), ("table", "from_set")],
            envFile: "OUTBOX_SLOT_NAME=from_env_file\nOUTBOX_TABLE=from_env_file\nOUTBOX_TOPIC_PREFIX=dev.")
        #expect(settings.slotName == "from_env_file")
        #expect(settings.publicationName == "from_env")
        #expect(settings.table == QualifiedName(schema: "public", name: "from_set"))
        #expect(settings.kafka("linger.ms") == "3")
        #expect(settings.kafka("client.id") == "file")
        #expect(settings.source("slot.name")?.hasSuffix("/.env:1") == true)
        #expect(settings.source("publication.name") == "environment variable OUTBOX_PUBLICATION_NAME")
        #expect(settings.source("table") == "--set")
        #expect(settings.source("topic.prefix")?.hasSuffix("/.env:3") == true)
        #expect(settings.source("kafka.client.id")?.hasSuffix("/relay.properties:5") == true)
        #expect(settings.source("mode") == "default")
    }

    @Test(arguments: [
        ("OUTBOX_KAFKA_BOOTSTRAP_SERVERS", "kafka.bootstrap.servers"), ("OUTBOX_KAFKA_SASL_PASSWORD", "kafka.sasl.password"),
        ("OUTBOX_SLOT_NAME", "slot.name"), ("OUTBOX_COLUMN_AGGREGATE_TYPE", "column.aggregate_type"),
    ])
    func `variables name keys`(variable: String, key: String) throws {
        #expect(try load(environment: [variable: "value"]).source(key) == "environment variable \(variable)")
    }

    @Test func `variables of the test suite and of others are left alone`() throws {
        let others = ["OUTBOX_TEST_POSTGRES": "x", "OUTBOX_BIN_DIR": "/x", "PATH": "/bin", "OUTBOXES": "1", "KAFKA_HOME": "/k"]
        #expect(try load(environment: others).slotName == "outbox_relay")
    }

    @Test(arguments: [
        ("OUTBOX_SLOT_NAM", "OUTBOX_SLOT_NAM: no setting has this variable; did you mean OUTBOX_SLOT_NAME?"),
        ("OUTBOX_XYZZY", "OUTBOX_XYZZY: no setting has this variable"),
        ("OUTBOX_KAFKA_", "OUTBOX_KAFKA_: no setting has this variable"),
        ("OUTBOX_MODE_FILE", "OUTBOX_MODE_FILE: no setting has this variable"),
    ])
    func `an unknown variable is refused`(variable: String, message: String) throws {
        let found = try problems(environment: [variable: "hunter2"])
        #expect(found.count == 1)
        #expect(found.first?.contains("environment variable \(variable): \(message)") == true)
        #expect(found.first?.contains("hunter2") == false)
    }

    @Test(arguments: [
        ("a=b", "a", "b"), ("a=b=c", "a", "b=c"), (" a =b ", "a", "b "), ("a=", "a", ""),
    ])
    func `the argument of --set is split at the first equals sign`(text: String, key: String, value: String) throws {
        let pair = try SettingsLoader.parseOverride(text)
        #expect(pair.0 == key)
        #expect(pair.1 == value)
    }

    @Test(arguments: ["hunter2", "=hunter2", " =hunter2", ""])
    func `an argument of --set without a key is refused without being repeated`(text: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try SettingsLoader.parseOverride(text) }
        #expect(error?.description == "--set: the argument is not key=value")
    }

    @Test func `all problems of all sources are reported together, those of the file by line`() throws {
        let found = try problems(
            "mode=sometimes\nslot.nmae=x\nin.flight.events=99\nbroken\nretention.interval.ms=5",
            environment: ["OUTBOX_FORMAT": "xml"], overrides: [("dead.letter", "drop")])
        #expect(
            found == [
                #"f:1: mode: "sometimes" is not known (allowed: auto, cdc, polling)"#,
                "f:2: slot.nmae: is not a setting; did you mean slot.name?",
                #"f:3: in.flight.events: "99" is out of range (allowed: 100 to 1000000)"#,
                "f:4: the line has no value: write key=value, or key= for an empty value",
                #"f:5: retention.interval.ms: "5" is out of range (allowed: 1000 to 86400000)"#,
                #"environment variable OUTBOX_FORMAT: format: "xml" is not known (allowed: envelope, payload, debezium, cloudevents)"#,
                #"--set: dead.letter: "drop" is not known (allowed: topic, halt)"#,
            ])
        let error = #expect(throws: ConfigurationError.self) { try load("a=1\nb=2") }
        #expect(
            error?.description == """
                the configuration has 2 problems:
                  f:1: a: is not a setting
                  f:2: b: is not a setting
                """)
    }
}
