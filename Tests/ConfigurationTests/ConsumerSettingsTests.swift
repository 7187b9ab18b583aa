import Configuration
import Testing

struct ConsumerSettingsTests {
    private func load(
        _ properties: String = "", environment: [String: String] = [:], overrides: [(String, String)] = []
    ) throws -> ConsumerSettings {
        let file = try TemporaryFile(properties)
        return try SettingsLoader.loadConsumer(file: file.path, environment: environment, overrides: overrides)
    }

    private func problems(
        _ properties: String = "", environment: [String: String] = [:], overrides: [(String, String)] = []
    ) throws -> [String] {
        let error = try #require(throws: ConfigurationError.self) {
            _ = try load(properties, environment: environment, overrides: overrides)
        }
        return error.problems.map { "\($0.key): \($0.message)" }
    }

    @Test func `without anything the defaults hold`() throws {
        let settings = try load()
        #expect(settings.consumers == nil && settings.groupPrefix.isEmpty && settings.groupInstance == nil)
        #expect(settings.batches.records == 1_000 && settings.batches.lanes == 1)
        #expect(settings.failures.breakerRatio == 0.5 && settings.failures.parking == nil)
        #expect(settings.inboxRetention == .auto)
        #expect(settings.redis.url == "redis://127.0.0.1:6379/0" && settings.dataPlatform.url == nil)
        #expect(settings.dataPlatform.attempts == 3 && settings.dataPlatform.authorityPath == nil)
        #expect(settings.httpListen == ListenAddress(host: "127.0.0.1", port: 9465))
        #expect(settings.kafkaProperties.contains { $0 == ("client.id", "outbox-consumer") })
        #expect(throws: ConfigurationError.self) { try settings.requireKafka() }
        #expect(settings.redacted().map(\.key).first == "postgres.dsn")
    }

    @Test func `file, environment and --set work as for the relay`() throws {
        let password = try TemporaryFile("s3cret\n")
        let settings = try load(
            """
            consumers = stock, analytics
            batch.bytes = 1 MiB
            breaker.failure.ratio = 25 %
            inbox.retention = 40d
            redis.password.file = \(password.path)
            kafka.bootstrap.servers = a:1
            kafka.queue.buffering.max.messages = 7
            """,
            environment: [
                "OUTBOX_GROUP_PREFIX": "dev.", "OUTBOX_GROUP_INSTANCE_ID": "pod-1", "DATABASE_CONN": "", "BATCH_SIZE": "7",
            ],
            overrides: [
                ("lanes", "4"), ("parking", "wait"), ("data.platform.attempts", "7"),
                ("data.platform.ca.location", "/etc/ca.pem"),
            ])
        #expect(settings.dataPlatform.attempts == 7 && settings.dataPlatform.authorityPath == "/etc/ca.pem")
        #expect(settings.consumers == ["stock", "analytics"])
        #expect(settings.batches.bytes == 1 << 20 && settings.batches.lanes == 4 && settings.batches.records == 1_000)
        #expect(settings.failures.breakerRatio == 0.25 && settings.failures.parking == .wait)
        #expect(settings.inboxRetention == .span(TimeSpan(milliseconds: 40 * 86_400_000)))
        #expect(settings.redis.password == "s3cret")
        #expect(settings.groupPrefix == "dev." && settings.groupInstance == "pod-1")
        try settings.requireKafka()
        let shown = settings.redacted()
        #expect(shown.first { $0.key == "redis.password" }?.value == "***")
        #expect(!shown.contains { $0.value.contains("s3cret") })
    }

    @Test(arguments: [
        ("slot.name", "x", "slot.name: is not a setting of outbox-consumer: it is one of outbox-relay"),
        ("polling.batch.size", "5", "polling.batch.size: is not a setting of outbox-consumer: it is one of outbox-relay"),
        ("bach.size", "5", "bach.size: is not a setting; did you mean batch.size?"),
        ("lanes", "many", "lanes: \"many\" is not a whole number"),
        ("consumers", "Stock", "consumers: \"Stock\" has other characters than a-z, 0-9 and -"),
        ("flood.ratio", "101 %", "flood.ratio: \"101 %\" is out of range"),
        ("flood.ratio", "half", "flood.ratio: \"half\" is not a number"),
        ("inbox.retention", "5h", "inbox.retention: \"5h\" is shorter than a day"),
        ("redis.url", "http://h", "redis.url: the value begins otherwise"),
        ("data.platform.url", "ftp://h", "data.platform.url: the value begins otherwise"),
        ("data.platform.attempts", "0", "data.platform.attempts: \"0\" is out of range"),
        ("queue.records", "100", "queue.records: is smaller than batch.size"),
        ("kafka.group.id", "g", "kafka.group.id: each consumer has its own group"),
        ("kafka.enable.auto.commit", "true", "kafka.enable.auto.commit: offsets are committed once the effects are"),
        ("kafka.auto.offset.reset", "latest", "kafka.auto.offset.reset: events of a new partition would be passed over"),
        (
            "kafka.isolation.level", "read_uncommitted",
            "kafka.isolation.level: events of transactions that were rolled back would take effect"
        ),
    ])
    func `what cannot be is refused by name`(key: String, value: String, message: String) throws {
        #expect(try problems("\(key) = \(value)") == [message])
    }

    @Test func `the relay refuses what only consumers have; a variable tells whose it is`() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try SettingsLoader.load(file: nil, environment: ["OUTBOX_LANES": "2"], overrides: [("inbox.retention", "8d")])
        }
        let texts = error?.problems.map(\.description) ?? []
        #expect(texts.contains { $0.contains("inbox.retention") && $0.contains("it is one of outbox-consumer") })
        #expect(texts.contains { $0.contains("OUTBOX_LANES: no setting has this variable; it is one of outbox-consumer") })
    }

    @Test func `passwords in URLs are not shown, and not given twice`() throws {
        let settings = try load("redis.url = redis://:geheim@h:6379/1\ndata.platform.url = https://u:tief@api/x")
        #expect(!settings.redacted().contains { $0.value.contains("geheim") || $0.value.contains("tief") })
        #expect(SecretArguments.masked(["--set", "redis.url=redis://:geheim@h"])[1]?.contains("geheim") == false)
        #expect(
            try problems("redis.url = redis://:a@h\nredis.password = b") == ["redis.password: redis.url holds a password as well"]
        )
    }

    @Test func `every setting of the consumers is documented once`() {
        let reference = SettingsReference.consumer
        #expect(Set(reference.all.map(\.key)).count == reference.all.count)
        for entry in reference.all {
            #expect(!entry.allowed.isEmpty && entry.description.hasSuffix("."), "\(entry.key)")
        }
        #expect(reference.markdownTable().split(separator: "\n").count == reference.all.count + 2)
    }
}
