/// The definitions of all settings except `kafka.*`, which are librdkafka's.
enum KnownSettings {
    static let postgresDSN = Setting(
        "postgres.dsn", .connectionString, default: "", text: "libpq's environment",
        "How Postgres is reached: a libpq URI or keywords; TLS by sslmode and the like. Several hosts are tried in turn.")
    static let postgresPassword = Setting(
        "postgres.password", .optional(.secret), default: nil, text: "",
        "The password, when it is not in the connection string; better in a file: postgres.password.file.")
    static let slotName = Setting("slot.name", .slotName, default: "outbox_relay", "The replication slot.")
    static let publicationName = Setting(
        "publication.name", .identifier, default: "outbox_relay", "The publication, by its exact name (no quotes).")
    static let table = Setting(
        "table", .table, default: QualifiedName(schema: "public", name: "outbox_events"), text: "public.outbox_events",
        "The outbox table, as in SQL: capitals, dots and blanks need double quotes. Without a schema it is in public.")
    static let columns = Setting(
        "columns", default: ColumnPreset.standard,
        "The column names to start from: our own table's, or those that Debezium's Event Router expects.")
    static let mode = Setting(
        "mode", default: RelayMode.auto,
        "How events are read: cdc reads the write-ahead log, polling claims rows of the table, auto streams whenever that is possible and polls when it is not."
    )
    static let delivery = Setting(
        "delivery", default: DeliveryGuarantee.atLeastOnce, refused: ["exactly-once"],
        "What is promised: nothing is lost, and what was unconfirmed at a crash is repeated with the same event id.")
    static let afterPublish = Setting(
        "after.publish", SettingRule<AfterPublish>.choice(refused: [], of: "after.publish"), default: .mark,
        text: "mark; keep without a status column",
        "What happens to a row once it is published: its status becomes PUBLISHED, it is deleted, or it stays as it is.")
    static let topicDefault = Setting(
        "topic.default", .optional(.topic), default: "default.events", text: "default.events",
        "The topic of events that name none and that topic.pattern does not route.")
    static let topicPrefix = Setting(
        "topic.prefix", .topicPrefix, default: "", "Put before every topic's name, except the dead-letter topic's.")
    static let topicPattern = Setting(
        "topic.pattern", .topicPattern, default: nil, text: "",
        "Makes the topic when the topic column is absent or null: outbox.event.${aggregate_type}.")
    static let format = Setting(
        "format", default: MessageFormatSetting.envelope,
        "What Kafka gets: the envelope, the payload alone, what Debezium's Event Router writes, or CloudEvents 1.0 as JSON.")
    static let cloudEventsSource = Setting(
        "cloudevents.source", .uriReference, default: "/outbox-relay", "The source of events in format=cloudevents.")
    static let deadLetter = Setting(
        "dead.letter", default: DeadLetterAction.topic,
        "What happens to an event that cannot be published: it goes to the dead-letter topic, or the relay halts before it.")
    static let deadLetterTopic = Setting("dead.letter.topic", .topic, default: "deadletter.events", "The dead-letter topic.")
    static let checkpointTable = Setting(
        "checkpoint.table", .table, default: QualifiedName(schema: "public", name: "outbox_checkpoints"),
        text: "outbox_checkpoints in the schema of table", "Where the confirmed position is kept.")
    static let slotRepair = Setting(
        "slot.repair", default: SlotRepairSetting.auto,
        "What happens when the slot was lost, dropped, recreated or advanced: what is missing is published from the table and a new "
            + "slot begun, or the relay stops and names the command.")
    static let walBudget = Setting(
        "wal.budget.bytes", .bytes(0...1 << 50), default: 0, text: "0 (off)",
        "Most WAL that the server may keep for the slot. Warnings at 50 % and 80 %; with a max_slot_wal_keep_size they come without it."
    )
    static let walBudgetAction = Setting(
        "wal.budget.action", default: WALBudgetAction.alert,
        "What happens shortly before the budget or the server's limit is reached: warnings alone, or the slot is dropped and the "
            + "events are published by polling until a new slot can begin (mode=auto).")
    static let heartbeat = Setting(
        "heartbeat.interval.ms", .integer(0...3_600_000), default: 0, text: "0 (off)",
        "Writes a logical message when the slot's position stood still for this long. Idle databases do not need it.")
    static let legacySCRAM = Setting(
        "scram.legacy.brokers", .flag, default: false, text: "false",
        "The brokers are Kafka 3.9 or older: SCRAM is allowed also with a librdkafka before 2.6.1.")
    static let httpListen = Setting(
        "http.listen", .listen, default: ListenAddress(host: "127.0.0.1", port: 9464), text: "127.0.0.1:9464",
        "Where metrics, health and status are served; port 0 takes any free one.")
    static let logFormat = Setting(
        "log.format", .logFormat, default: nil, text: "text on a terminal, else json", "What log lines look like.")
    static let logLevel = Setting("log.level", default: LogLevelSetting.info, "The least important lines that are written.")
    static let pollingInterval = Setting(
        "polling.interval.ms", .integer(10...60_000), default: 1000,
        "Polling: time between two looks at the table while nothing happens and no notification comes.")
    static let pollingBatchSize = Setting(
        "polling.batch.size", .integer(1...10_000), default: 500, "Polling: most rows of one claim.")
    static let pollingShards = Setting(
        "polling.shards", .integer(1...256), default: 8,
        "Polling: parts that the keys are spread over, so that several publishers share the work; the same for all of them.")
    static let pollingMaxAttempts = Setting(
        "polling.max.attempts", .integer(1...1000), default: 10,
        "Polling: refusals by a broker after which an event goes to the dead-letter topic.")
    static let pollingLease = Setting(
        "polling.lease.ms", .integer(5000...3_600_000), default: 30000,
        "Polling: a claim of another program, or a publisher that hangs, is taken over after this time.")
    static let inFlightEvents = Setting(
        "in.flight.events", .integer(100...1_000_000), default: 10000,
        "Most events handed to librdkafka and not yet acknowledged; when they are reached, reading waits.")
    static let inFlightBytes = Setting(
        "in.flight.bytes", .bytes(1 << 20...1 << 30), default: 16 << 20, text: "16 MiB", "The same in bytes.")
    static let drainTimeout = Setting(
        "drain.timeout.ms", .integer(0...600_000), default: 7000,
        "How long a stop waits for acknowledgements; what is unconfirmed then is sent again by the next start.")
    static let feedbackInterval = Setting(
        "feedback.interval.ms", .integer(100...10000), default: 10000, "Longest time between two confirmations to Postgres.")
    static let stallTimeout = Setting(
        "stall.timeout.ms", .integer(1000...300_000), default: 10000,
        "How long nothing may move while events wait, before the relay says that it is not ready.")

    static let slotFailover = Setting(
        "slot.failover", .flag, default: false, text: "false",
        "PostgreSQL 17 and later: the slot is made with FAILOVER, so that standbys keep a copy of it.")
    static let retentionPublished = Setting(
        "retention.published", .timeSpan, default: nil, text: "",
        "How old published rows get before the running relay removes them; empty keeps them.")
    static let retentionDead = Setting(
        "retention.dead", .timeSpan, default: nil, text: "",
        "The same for rows that went to the dead-letter topic; with after.publish=keep no row tells.")
    static let retentionInterval = Setting(
        "retention.interval.ms", .integer(1_000...86_400_000), default: 60_000, "Pause between two looks for old rows.")
    static let retentionBatch = Setting(
        "retention.batch.size", .integer(10...100_000), default: 1_000,
        "Rows of one statement that removes; each is followed by a pause as long as itself.")

    /// `column.<role>`. The default is the preset's name, filled in when the preset is known.
    static func column(_ role: ColumnRole) -> Setting<String?> {
        let debezium = ColumnPreset.debezium.name(of: role).map { "debezium: \($0)" } ?? "debezium: none"
        let text = ColumnPreset.debezium.name(of: role) == role.rawValue ? role.rawValue : "\(role.rawValue); \(debezium)"
        let rule = role.isRequired ? SettingRule<String?>.required(.identifier) : .optional(.identifier)
        return Setting("column.\(role.rawValue)", rule, default: role.rawValue, text: text, describe(role))
    }

    private static func describe(_ role: ColumnRole) -> String {
        switch role {
        case .id: "The column with the event id."
        case .seq: "The column with the insertion order."
        case .aggregateType: "The column with the kind of thing that the event is about."
        case .aggregateID: "The column with the thing's id; the Kafka key when there is no partition key."
        case .eventType: "The column with what happened."
        case .topic: "The column with the topic's name."
        case .partitionKey: "The column with the Kafka key."
        case .payload: "The column with the event's own body."
        case .headers: "The column with more Kafka headers, a JSON object."
        case .status: "The column with the publication's status; after.publish=mark needs it."
        case .createdAt: "The column with the event's time; without it the commit's time is used."
        case .version: "The column with the envelope's version; without it the version is 1."
        case .publishedAt: "The column that after.publish=mark writes the time to."
        case .errorMessage: "The column that gets the reason of a dead letter."
        case .retryCount: "The column that counts failures; polling needs it."
        case .nextAttemptAt: "The column that says when a failed event is due again; polling needs it."
        case .lockedAt: "The column with the time of a claim; polling needs it."
        case .lockedBy: "The column with the name of the publisher that claimed a row; polling needs it."
        }
    }
}

extension SettingRule where Value == String? {
    /// A rule of a setting that must not be empty, as an optional value.
    static func required(_ rule: SettingRule<String>) -> SettingRule {
        SettingRule(rule.allowed, acceptsFile: rule.acceptsFile) { text throws(Mismatch) in
            do throws(SettingRule<String>.Mismatch) {
                return try rule.parse(text)
            } catch {
                throw Mismatch(reason: error.reason, standsAlone: error.standsAlone)
            }
        }
    }
}
