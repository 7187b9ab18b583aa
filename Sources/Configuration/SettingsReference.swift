/// All settings of one program, from the definitions that parse them: what may be set, and its documentation.
public struct SettingsReference: Sendable {
    /// One setting.
    public struct Entry: Sendable {
        public let key: String
        /// What it is when nobody sets it; empty for nothing.
        public let defaultText: String
        /// What it may be.
        public let allowed: String
        public let description: String
        /// Whether `<key>.file` may name a file that holds the value.
        public let acceptsFile: Bool

        init(key: String, defaultText: String, allowed: String, description: String, acceptsFile: Bool) {
            self.key = key
            self.defaultText = defaultText
            self.allowed = allowed
            self.description = description
            self.acceptsFile = acceptsFile
        }

        init<Value>(_ setting: Setting<Value>) {
            self.init(
                key: setting.key, defaultText: setting.defaultText, allowed: setting.rule.allowed,
                description: setting.description,
                acceptsFile: setting.rule.acceptsFile)
        }
    }

    /// Of `outbox-relay`.
    public static let relay = SettingsReference(
        program: "outbox-relay", kafka: .relay, understandsEventRouter: true,
        entries: [
            Entry(KnownSettings.postgresDSN), Entry(KnownSettings.postgresPassword), Entry(KnownSettings.slotName),
            Entry(KnownSettings.slotFailover),
            Entry(KnownSettings.publicationName), Entry(KnownSettings.table), Entry(KnownSettings.columns),
        ] + ColumnRole.allCases.map { Entry(KnownSettings.column($0)) } + [
            Entry(KnownSettings.checkpointTable), Entry(KnownSettings.mode), Entry(KnownSettings.delivery),
            Entry(KnownSettings.afterPublish), Entry(KnownSettings.topicDefault), Entry(KnownSettings.topicPrefix),
            Entry(KnownSettings.topicPattern), Entry(KnownSettings.format), Entry(KnownSettings.cloudEventsSource),
            Entry(KnownSettings.deadLetter), Entry(KnownSettings.deadLetterTopic), Entry(KnownSettings.pollingInterval),
            Entry(KnownSettings.pollingBatchSize), Entry(KnownSettings.pollingShards), Entry(KnownSettings.pollingMaxAttempts),
            Entry(KnownSettings.pollingLease), Entry(KnownSettings.inFlightEvents),
            Entry(KnownSettings.inFlightBytes), Entry(KnownSettings.drainTimeout), Entry(KnownSettings.feedbackInterval),
            Entry(KnownSettings.stallTimeout), Entry(KnownSettings.slotRepair), Entry(KnownSettings.walBudget),
            Entry(KnownSettings.walBudgetAction), Entry(KnownSettings.heartbeat), Entry(KnownSettings.legacySCRAM),
            Entry(KnownSettings.retentionPublished), Entry(KnownSettings.retentionDead),
            Entry(KnownSettings.retentionInterval), Entry(KnownSettings.retentionBatch),
            Entry(KnownSettings.httpListen), Entry(KnownSettings.logFormat),
            Entry(KnownSettings.logLevel),
        ])

    /// The program's name, for messages.
    public let program: String
    /// Every setting in the order of the documentation; the last one, `kafka.*`, stands for all of librdkafka's properties.
    public let all: [Entry]
    /// The settings with a definition of their own, by key.
    let byKey: [String: Entry]
    /// The keys by their environment variables.
    let variables: [String: String]
    let kafka: KafkaRules
    /// Whether the properties of Debezium's Event Router are settings as well.
    let understandsEventRouter: Bool

    init(program: String, kafka: KafkaRules, understandsEventRouter: Bool, entries: [Entry]) {
        self.program = program
        self.kafka = kafka
        self.understandsEventRouter = understandsEventRouter
        all = entries + [Self.kafkaEntry(kafka)]
        byKey = Dictionary(entries.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        var variables: [String: String] = [:]
        for entry in entries {
            variables[EnvironmentNames.variable(for: entry.key)] = entry.key
            if entry.acceptsFile { variables[EnvironmentNames.variable(for: entry.key + ".file")] = entry.key + ".file" }
        }
        if understandsEventRouter {
            for key in EventRouterProperties.understood { variables[EnvironmentNames.variable(for: key)] = key }
        }
        self.variables = variables
    }

    /// The program that has a setting which this one has not; nil when none does.
    func owner(of key: String) -> String? {
        [Self.relay, Self.consumer, Self.fanout].first { $0.program != program && $0.byKey[key] != nil }?.program
    }

    /// A Markdown table of all settings, for the README.
    public func markdownTable() -> String {
        let head = "| key | default | allowed | |\n|---|---|---|---|\n"
        return head
            + all.map { entry in
                let value = entry.defaultText.isEmpty ? "" : "`\(entry.defaultText)`"
                let cells = ["`\(entry.key)`", value, entry.allowed, entry.description]
                return "| " + cells.map(Self.escaped).joined(separator: " | ") + " |\n"
            }.joined()
    }

    /// The settings as plain lines for a terminal.
    public func helpText() -> String {
        all.map { entry in
            let value = entry.defaultText.isEmpty ? "none" : entry.defaultText
            return "\(entry.key)\n    \(entry.description)\n    Allowed: \(entry.allowed). Default: \(value).\n"
        }.joined()
    }

    private static func kafkaEntry(_ rules: KafkaRules) -> Entry {
        Entry(
            key: "kafka.*", defaultText: rules.defaults.map { "\($0.0)=\($0.1)" }.joined(separator: ", "),
            allowed: "librdkafka's properties",
            description: "Given to librdkafka as they are, over these defaults. kafka.bootstrap.servers is required.",
            acceptsFile: false)
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { $0 += $1 == "|" ? "\\|" : String($1) }
    }
}
