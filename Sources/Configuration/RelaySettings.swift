/// The relay's whole configuration, checked: every value is in its range and none contradicts another. Made by `SettingsLoader`.
public struct RelaySettings: Sendable {
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

    let effective: [EffectiveSetting]
    let bootstrapServersProblem: ConfigurationProblem?

    /// Every setting with its effective value and where it comes from, in the order of the documentation, then `kafka.*` by
    /// name. Secrets are shown as `***`, also the password within a connection string.
    public func redacted() -> [(key: String, value: String, source: String)] {
        effective.map { ($0.key, $0.shownValue, $0.place.description) }
    }

    /// What has to be there to talk to Kafka, which not every command does.
    /// - Throws: when `kafka.bootstrap.servers` is missing or empty.
    public func requireKafka() throws(ConfigurationError) {
        if let bootstrapServersProblem { throw ConfigurationError([bootstrapServersProblem]) }
    }
}

/// A setting as it is in force.
struct EffectiveSetting: Sendable {
    let key: String
    /// Without secrets.
    let shownValue: String
    let place: SettingPlace
}
