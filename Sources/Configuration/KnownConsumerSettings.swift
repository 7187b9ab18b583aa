/// The definitions of the settings that only `outbox-consumer` has; the others are ``KnownSettings``.
enum KnownConsumerSettings {
    static let httpListen = Setting(
        "http.listen", .listen, default: ListenAddress(host: "127.0.0.1", port: 9465), text: "127.0.0.1:9465",
        "Where metrics, health and status are served; port 0 takes any free one.")
    static let table = Setting(
        "table", .table, default: QualifiedName(schema: "public", name: "outbox_events"), text: "public.outbox_events",
        "The outbox table that consumers write their own events to, as in SQL.")
    static let topicPrefix = Setting(
        "topic.prefix", .topicPrefix, default: "", "Put before the name of every topic that is read, as the relay puts it.")
    static let consumers = Setting(
        "consumers", .names, default: nil, text: "all", "Which consumers run, by name: `outbox-consumer list` shows them.")
    static let groupPrefix = Setting(
        "group.prefix", .topicPrefix, default: "", "Put before the name of every consumer group.")
    static let groupInstance = Setting(
        "group.instance.id", .optional(.topic), default: nil, text: "",
        "Static membership: a name of this process, unique among those that share the work; a restart then moves no partitions. Empty: dynamic."
    )
    static let batchSize = Setting(
        "batch.size", .integer(1...100_000), default: 1_000, "Most events of one transaction.")
    static let batchBytes = Setting(
        "batch.bytes", .bytes(1 << 16...1 << 28), default: 8 << 20, text: "8 MiB", "The same in bytes of records.")
    static let lanes = Setting(
        "lanes", .integer(1...64), default: 1,
        "Threads of each consumer, each with its own connection, that apply events of different keys at the same time.")
    static let queueRecords = Setting(
        "queue.records", .integer(100...1_000_000), default: 20_000,
        "Most records of one consumer that wait in memory; when they are reached, its partitions pause.")
    static let queueBytes = Setting(
        "queue.bytes", .bytes(1 << 20...1 << 32), default: 32 << 20, text: "32 MiB", "The same in bytes.")
    static let retryAttempts = Setting(
        "retry.attempts", .integer(0...100), default: 3,
        "Repetitions of an event that fails for an unknown reason, before it becomes a dead letter.")
    static let retryBackoff = Setting(
        "retry.backoff.ms", .integer(1...60_000), default: 100,
        "Longest pause before the first repetition; it doubles with each, and is drawn at random up to that.")
    static let parking = Setting(
        "parking", .parking, default: nil, text: "each consumer's own",
        "What happens to later events of a key after a dead letter: they are applied, wait for it, or follow it.")
    static let floodConsecutive = Setting(
        "flood.consecutive", .integer(0...1_000_000), default: 100,
        "Bad events in a row after which a consumer halts instead of emptying its topic into the dead-letter topic; 0: no limit.")
    static let floodWindow = Setting(
        "flood.window", .integer(1...1_000_000), default: 1_000, "Events that flood.ratio looks at.")
    static let floodRatio = Setting(
        "flood.ratio", .ratio, default: 0.5, text: "0.5",
        "Share of bad events among them beyond which a consumer halts; 0: no limit.")
    static let breakerWindow = Setting(
        "breaker.window", .integer(1...10_000), default: 20,
        "Attempts that the circuit breaker of a dependency (Postgres, Redis, an HTTP API) looks at.")
    static let breakerRatio = Setting(
        "breaker.failure.ratio", .ratio, default: 0.5, text: "0.5", "Share of failures among them that opens it.")
    static let breakerCooldown = Setting(
        "breaker.cooldown.ms", .integer(10...600_000), default: 1_000,
        "How long it stays open before an attempt is let through; doubles up to 30 s while those fail.")
    static let dependencyTimeout = Setting(
        "dependency.timeout.ms", .integer(10...600_000), default: 2_000,
        "Longest wait for an answer of Redis, and for a connection to it.")
    static let statementTimeout = Setting(
        "statement.timeout.ms", .integer(100...3_600_000), default: 30_000, "Longest duration of one statement of a consumer.")
    static let inboxRetention = Setting(
        "inbox.retention", .inboxRetention, default: InboxRetentionSetting.auto, text: "auto",
        "How long it is remembered which events were applied. auto: the longest retention of the topics read and a day more.")
    static let drainTimeout = Setting(
        "drain.timeout.ms", .integer(0...600_000), default: 10_000,
        "How long a stop waits for transactions that run; what is not committed then is applied by the next start.")
    static let redisURL = Setting(
        "redis.url", .url(["redis"]), default: "redis://127.0.0.1:6379/0", "Redis, for the consumer `cache`.")
    static let redisPassword = Setting(
        "redis.password", .optional(.secret), default: nil, text: "",
        "Its password, when it is not in the URL; better in a file: redis.password.file.")
    static let dataPlatformURL = Setting(
        "data.platform.url", .optional(.url(["http", "https"])), default: nil, text: "",
        "Where the consumer `data-platform` posts to; without it that consumer does not run.")
    static let dataPlatformTimeout = Setting(
        "data.platform.timeout.ms", .integer(10...600_000), default: 10_000, "Longest duration of one request.")
    static let dataPlatformConnectTimeout = Setting(
        "data.platform.connect.timeout.ms", .integer(10...600_000), default: 3_000, "Longest duration of connecting.")
    static let dataPlatformParallel = Setting(
        "data.platform.parallel", .integer(1...256), default: 8, "Requests at the same time.")
    static let dataPlatformAttempts = Setting(
        "data.platform.attempts", .integer(1...100), default: 3,
        "Attempts at a request in one batch before the API counts as down; the batch comes again then.")
    static let dataPlatformAuthority = Setting(
        "data.platform.ca.location", .optional(.path), default: nil, text: "",
        "A PEM file with the certificates of authorities to trust for https, in place of the system's.")
}

extension SettingsReference {
    /// Of `outbox-consumer`.
    public static let consumer = SettingsReference(
        program: "outbox-consumer", kafka: .consumer, understandsEventRouter: false,
        entries: [
            Entry(KnownSettings.postgresDSN), Entry(KnownSettings.postgresPassword), Entry(KnownConsumerSettings.table),
            Entry(KnownConsumerSettings.consumers), Entry(KnownConsumerSettings.topicPrefix),
            Entry(KnownConsumerSettings.groupPrefix), Entry(KnownConsumerSettings.groupInstance),
            Entry(KnownConsumerSettings.batchSize), Entry(KnownConsumerSettings.batchBytes),
            Entry(KnownConsumerSettings.lanes), Entry(KnownConsumerSettings.queueRecords),
            Entry(KnownConsumerSettings.queueBytes), Entry(KnownConsumerSettings.retryAttempts),
            Entry(KnownConsumerSettings.retryBackoff), Entry(KnownConsumerSettings.parking),
            Entry(KnownConsumerSettings.floodConsecutive), Entry(KnownConsumerSettings.floodWindow),
            Entry(KnownConsumerSettings.floodRatio), Entry(KnownConsumerSettings.breakerWindow),
            Entry(KnownConsumerSettings.breakerRatio), Entry(KnownConsumerSettings.breakerCooldown),
            Entry(KnownConsumerSettings.statementTimeout), Entry(KnownConsumerSettings.dependencyTimeout),
            Entry(KnownConsumerSettings.inboxRetention), Entry(KnownConsumerSettings.drainTimeout),
            Entry(KnownConsumerSettings.redisURL), Entry(KnownConsumerSettings.redisPassword),
            Entry(KnownConsumerSettings.dataPlatformURL), Entry(KnownConsumerSettings.dataPlatformTimeout),
            Entry(KnownConsumerSettings.dataPlatformConnectTimeout), Entry(KnownConsumerSettings.dataPlatformParallel),
            Entry(KnownConsumerSettings.dataPlatformAttempts), Entry(KnownConsumerSettings.dataPlatformAuthority),
            Entry(KnownSettings.legacySCRAM), Entry(KnownConsumerSettings.httpListen), Entry(KnownSettings.logFormat),
            Entry(KnownSettings.logLevel),
        ])
}
