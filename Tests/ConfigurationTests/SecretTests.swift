import Configuration
import Testing

struct SecretTests {
    @Test(arguments: [
        ("s3cret\n", "s3cret"), ("s3cret\r\n", "s3cret"), ("s3cret", "s3cret"), ("two\n\n", "two\n"), (" blank ", " blank "),
    ])
    func `a secret comes from a file without its last line end`(text: String, value: String) throws {
        let file = try TemporaryFile(text, name: "secret")
        #expect(try load("postgres.password.file=\(file.path)").postgres.password == value)
        #expect(try load(environment: ["OUTBOX_POSTGRES_PASSWORD_FILE": file.path]).postgres.password == value)
        #expect(try load(environment: ["OUTBOX_KAFKA_SASL_PASSWORD_FILE": file.path]).kafka("sasl.password") == value)
        #expect(try load(overrides: [("kafka.ssl.key.pem.file", file.path)]).kafka("ssl.key.pem") == value)
    }

    @Test func `any text comes from a file, and is checked like other text`() throws {
        let file = try TemporaryFile("postgresql://u:hunter2@h/d\n", name: "dsn")
        let settings = try load(environment: ["OUTBOX_POSTGRES_DSN_FILE": file.path])
        #expect(settings.postgres.dsn == "postgresql://u:hunter2@h/d")
        #expect(settings.shown("postgres.dsn") == "postgresql://u:***@h/d")
        let found = try problems(overrides: [("slot.name.file", file.path)])
        #expect(found.first?.contains("has other characters") == true)
    }

    @Test func `paths that librdkafka reads itself are passed on`() throws {
        let settings = try load("kafka.sasl.oauthbearer.assertion.private.key.file=/run/key\nkafka.ssl.ca.location=/run/ca.pem")
        #expect(settings.kafka("sasl.oauthbearer.assertion.private.key.file") == "/run/key")
        #expect(settings.shown("kafka.ssl.ca.location") == "/run/ca.pem")
    }

    @Test func `a value and a file in one source conflict, a later source wins`() throws {
        let file = try TemporaryFile("from file\n", name: "secret")
        #expect(
            try problems("postgres.password=hunter2\npostgres.password.file=/nonexistent").first?
                .hasPrefix("f:2: postgres.password.file: conflicts with postgres.password (also at ") == true)
        #expect(
            try problems(environment: ["OUTBOX_KAFKA_SASL_PASSWORD": "hunter2", "OUTBOX_KAFKA_SASL_PASSWORD_FILE": "/x"]).count
                == 1)
        #expect(
            try load("postgres.password.file=/nonexistent", overrides: [("postgres.password", "set")]).postgres.password == "set")
        #expect(
            try load("postgres.password=hunter2", environment: ["OUTBOX_POSTGRES_PASSWORD_FILE": file.path]).postgres.password
                == "from file")
    }

    @Test func `files that cannot be used are named`() throws {
        #expect(
            try problems("postgres.dsn.file=/nonexistent") == [
                "f:1: postgres.dsn.file: the file \"/nonexistent\" cannot be read: No such file or directory"
            ])
        #expect(
            try problems("in.flight.events.file=/x") == [
                "f:1: in.flight.events.file: in.flight.events cannot be read from a file"
            ])
        let zero = try TemporaryFile(bytes: [0x61, 0, 0x62])
        #expect(try problems("postgres.password.file=\(zero.path)").first?.contains("the value holds a zero byte") == true)
        #expect(try problems("kafka.sasl.password.file=\(zero.path)").first?.contains("holds a zero byte") == true)
    }

    @Test func `a pasted private key is not repeated by the errors`() throws {
        let pasted = "kafka.ssl.key.pem=-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIBAQ=="
        let found = try problems(pasted)
        #expect(
            found == [
                "f:2: the line has no value: write key=value, or key= for an empty value", "f:3: AQEFAASC…: is not a setting",
            ])
        #expect(try problems(envFile: "AQEFAASC+wggSjAgEAAoIBAQ==").first?.contains("AQEF") == false)
    }

    @Test(arguments: [
        ("postgres.password", true), ("postgres.dsn", true), ("kafka.sasl.password", true), ("sasl.password", true),
        ("kafka.ssl.key.password", true), ("kafka.ssl.key.pem", true), ("kafka.ssl.keystore.password", true),
        ("kafka.sasl.oauthbearer.client.secret", true), ("kafka.sasl.oauthbearer.config", true), ("kafka.sasl.jaas.config", true),
        ("KAFKA_PASSWORD", true), ("DATABASE_CONN", true), ("OUTBOX_POSTGRES_DSN", true), ("OUTBOX_KAFKA_SASL_PASSWORD", true),
        ("kafka.sasl.password.file", false), ("kafka.ssl.key.location", false), ("kafka.sasl.username", false),
        ("kafka.bootstrap.servers", false), ("slot.name", false), ("kafka.ssl.certificate.pem", false),
        ("kafka.sasl.oauthbearer.token.endpoint.url", false), ("partition_key", false),
    ])
    func `secrets are known by their names`(key: String, isSecret: Bool) {
        #expect(SecretKeys.isSecret(key) == isSecret)
    }

    @Test(arguments: [
        ("postgresql://user:hunter2@host:5432/db?sslmode=require", "postgresql://user:***@host:5432/db?sslmode=require"),
        ("postgres://:hunter2@host", "postgres://:***@host"),
        ("postgresql://user@h1:1,h2:2/db", "postgresql://user@h1:1,h2:2/db"),
        ("postgresql://user:@host", "postgresql://user:@host"),
        ("postgresql://host/db?user=u&password=hunter2&x=1", "postgresql://host/db?user=u&password=***&x=1"),
        ("postgresql://host/db?p%61ssword=hunter2", "postgresql://host/db?p%61ssword=***"),
        ("postgresql://host/db?sslpassword=hunter2", "postgresql://host/db?sslpassword=***"),
        ("postgresql://u:hun/ter2@h/db", "postgresql://u:***@h/db"),
        ("postgresql://u:hunter2@x@h/db", "postgresql://u:***@h/db"),
        ("postgresql://u:hun?ter2@h/db?password=b", "postgresql://u:***@h/db?password=***"),
        ("host=h password=hunter2 user=u", "host=h password=*** user=u"),
        ("host=h password = 'hun ter\\'2' user=u", "host=h password = *** user=u"),
        ("password=hun\\ ter2 host=h", "password=*** host=h"),
        ("password='hunter2", "password=***"),
        ("password=hunter2\\", "password=***"),
        ("password=hun ter2 host=h", "***"),
        ("host=h dbname=d", "host=h dbname=d"),
        ("host=h sslpassword=hunter2 oauth_client_secret=hunter2", "host=h sslpassword=*** oauth_client_secret=***"),
    ])
    func `only the password of a connection string is hidden`(dsn: String, shown: String) throws {
        #expect(try load(overrides: [("postgres.dsn", dsn)]).shown("postgres.dsn") == shown)
    }

    @Test func `effective settings show no secret`() throws {
        let settings = try load(
            "kafka.sasl.password=hunter2\nkafka.ssl.key.pem=hunter2\nkafka.sasl.username=me\npostgres.password=hunter2",
            environment: ["OUTBOX_KAFKA_SSL_KEY_PASSWORD": "hunter2"])
        let rows = settings.redacted()
        #expect(!rows.contains { "\($0)".contains("hunter2") })
        #expect(settings.shown("postgres.password") == "***")
        #expect(settings.shown("kafka.sasl.password") == "***")
        #expect(settings.shown("kafka.sasl.username") == "me")
        #expect(settings.shown("kafka.enable.idempotence") == "true")
        let documented = SettingsReference.relay.all.dropLast().map(\.key)
        #expect(rows.prefix(documented.count).map(\.key) == documented)
    }

    @Test(
        arguments: [
            (["run", "--set", "kafka.sasl.password=hunter2"], [nil, nil, "kafka.sasl.password=*******"]),
            (["--set=postgres.dsn=postgres://u:pw@h/db"], ["--set=postgres.dsn=postgres://u:**@h/db"]),
            (["--set", "postgres.dsn=host=h password='p w' user=u"], [nil, "postgres.dsn=host=h password=***** user=u"]),
            (["--set", " postgres.password =é"], [nil, " postgres.password =**"]),
            (["--set", "kafka.sasl.password.file=/run/secret"], [nil, nil]),
            (["--set", "kafka.sasl.password="], [nil, nil]),
            (["--set", "slot.name=x", "--config", "a=b"], [nil, nil, nil, nil]),
            (["--dsn", "postgresql://u:pw@h/db?password=x"], [nil, "postgresql://u:**@h/db?password=*"]),
            (["--dsn=postgresql+asyncpg://u:pw@h/db"], ["--dsn=postgresql+asyncpg://u:**@h/db"]),
            (["--set", "topic.prefix=x://u:pw@h"], [nil, "topic.prefix=x://u:**@h"]),
            (["", "=", "--", "--=", "://", "a://:@"], [nil, nil, nil, nil, nil, nil]),
        ] as [([String], [String?])])
    func `secrets in arguments are starred in place`(arguments: [String], masked: [String?]) {
        let found = SecretArguments.masked(arguments)
        #expect(found == masked)
        for (word, replacement) in zip(arguments, found) where replacement != nil {
            #expect(replacement?.utf8.count == word.utf8.count)
        }
    }
}
