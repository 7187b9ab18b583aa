/// The whole configuration of `outbox-consumer`, checked. Made by ``SettingsLoader/loadConsumer(file:environment:overrides:envFile:)``.
public struct ConsumerSettings: ProgramSettings {
    /// What one consumer may hold and do at once.
    public struct Batches: Sendable {
        /// Most events of one transaction, and their bytes.
        public let records: Int
        public let bytes: Int
        /// Threads with a connection each.
        public let lanes: Int
        /// Most records that wait in memory, and their bytes.
        public let queueRecords: Int
        public let queueBytes: Int
    }

    /// What happens when events cannot be applied.
    public struct Failures: Sendable {
        public let retries: Int
        public let backoffMilliseconds: Int
        /// nil: each consumer's own.
        public let parking: ParkingSetting?
        public let floodConsecutive: Int
        public let floodWindow: Int
        /// 0 to 1.
        public let floodRatio: Double
        public let breakerWindow: Int
        /// 0 to 1.
        public let breakerRatio: Double
        public let breakerCooldownMilliseconds: Int
        public let statementTimeoutMilliseconds: Int
        public let dependencyTimeoutMilliseconds: Int
    }

    /// How Redis is reached.
    public struct Redis: Sendable {
        /// May hold a password.
        public let url: String
        public let password: String?
    }

    /// How the data platform's API is reached.
    public struct DataPlatform: Sendable {
        /// nil: it is not. May hold a secret.
        public let url: String?
        public let timeoutMilliseconds: Int
        public let connectTimeoutMilliseconds: Int
        public let parallel: Int
        public let attempts: Int
        /// A file of authorities' certificates; nil: the system's.
        public let authorityPath: String?
    }

    public let postgres: PostgresSettings
    /// The outbox table.
    public let table: QualifiedName
    /// The names of those that run; nil: all.
    public let consumers: [String]?
    public let topicPrefix: String
    public let groupPrefix: String
    /// nil: dynamic membership.
    public let groupInstance: String?
    public let batches: Batches
    public let failures: Failures
    public let inboxRetention: InboxRetentionSetting
    public let drainTimeoutMilliseconds: Int
    public let redis: Redis
    public let dataPlatform: DataPlatform
    /// Whether the brokers are said to be Kafka 3.9 or older.
    public let hasLegacyBrokers: Bool
    /// Where metrics, health and status are served; nil for nowhere.
    public let httpListen: ListenAddress?
    public let log: LogSettings
    /// What librdkafka gets, in order. Holds secrets.
    public let kafkaProperties: [(String, String)]
    /// What works and is worth a word: sentences about settings, without secrets.
    public let warnings: [String]

    public let loaded: LoadedSettings

    public static func load(
        file: String?, environment: [String: String], overrides: [(String, String)], envFile: String?
    ) throws(ConfigurationError) -> ConsumerSettings {
        try SettingsLoader.loadConsumer(file: file, environment: environment, overrides: overrides, envFile: envFile)
    }
}
