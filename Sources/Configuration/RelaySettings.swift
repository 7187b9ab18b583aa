/// The relay's whole configuration, checked: every value is in its range and none contradicts another. Made by `SettingsLoader`.
public struct RelaySettings: ProgramSettings {
    public let postgres: PostgresSettings
    /// The replication slot.
    public let slotName: String
    /// The publication that the slot is read through.
    public let publicationName: String
    /// The outbox table.
    public let table: QualifiedName
    /// Which of its columns holds what.
    public let columns: ColumnSettings
    /// Where the confirmed position is kept.
    public let checkpointTable: QualifiedName
    public let mode: RelayMode
    public let delivery: DeliveryGuarantee
    /// What happens to a row once it is published.
    public let afterPublish: AfterPublish
    public let routing: RoutingSettings
    public let format: MessageFormatSetting
    /// CloudEvents' `source`, used when `format` is `cloudevents`.
    public let cloudEventsSource: String
    public let deadLetter: DeadLetterSettings
    public let flow: FlowSettings
    public let slot: SlotSettings
    /// Whether the brokers are said to be Kafka 3.9 or older.
    public let hasLegacyBrokers: Bool
    public let polling: PollingSettings
    public let retention: RetentionSettings
    /// Whether the slot is one that standbys keep a copy of.
    public let slotFailover: Bool
    /// Where metrics, health and status are served; nil for nowhere.
    public let httpListen: ListenAddress?
    public let log: LogSettings
    /// What librdkafka gets, in order: our defaults overlaid by the user's `kafka.*`. Holds secrets.
    public let kafkaProperties: [(String, String)]
    /// What works and is worth a word: constant sentences about settings, without secrets.
    public let warnings: [String]

    public let loaded: LoadedSettings

    public static func load(
        file: String?, environment: [String: String], overrides: [(String, String)], envFile: String?
    ) throws(ConfigurationError) -> RelaySettings {
        try SettingsLoader.load(file: file, environment: environment, overrides: overrides, envFile: envFile)
    }
}
