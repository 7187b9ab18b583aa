/// The whole configuration of `outbox-fanout`, checked. Made by ``SettingsLoader/loadFanout(file:environment:overrides:envFile:)``.
public struct FanoutSettings: ProgramSettings {
    /// Who may connect. Times in seconds.
    public struct Access: Sendable {
        public let mode: FanoutAuthSetting
        public let admitsAnonymous: Bool
        /// Path of a JWKS file; nil for none.
        public let keySet: String?
        public let secret: String?
        /// Never empty with tokens: what fits the keys when nobody says.
        public let algorithms: [String]
        public let issuers: [String]
        public let audiences: [String]
        public let leeway: Int
        public let origins: [String]
    }

    /// What clients may cost.
    public struct Limits: Sendable {
        public let connections: Int
        /// Of one user; 0: no limit.
        public let connectionsPerUser: Int
        /// 0: no limit.
        public let connectionsPerSecond: Int
        public let handshakeMilliseconds: Int
        public let headerBytes: Int
        public let frameBytes: Int
        public let messageBytes: Int
        public let unfinishedBytes: Int
        public let subscriptions: Int
        public let messagesPerSecond: Int
    }

    /// What is kept for those who come back.
    public struct History: Sendable {
        public let events: Int
        public let bytes: Int
        public let age: TimeSpan
    }

    /// When a client is too slow.
    public struct SlowClients: Sendable {
        public let bytes: Int
        public let ageMilliseconds: Int
        public let stallMilliseconds: Int
        /// Names, or beginnings with a star.
        public let coalescedChannels: [String]
    }

    /// How clients are kept and sent away. Milliseconds.
    public struct Connections: Sendable {
        public let ping: Int
        public let pingAnswer: Int
        public let streamPing: Int
        /// 0: for ever.
        public let lifetime: Int
        public let drainWindow: Int
        public let retryDelay: Int
        public let retryJitter: Int
    }

    /// Where clients connect.
    public let listen: ListenAddress
    /// nil: as many as the machine has processors.
    public let threads: Int?
    /// With the prefix.
    public let topic: String
    public let access: Access
    public let limits: Limits
    public let history: History
    public let deliveryIntervalMilliseconds: Int
    public let slowClients: SlowClients
    public let connections: Connections
    /// Whether the page is served.
    public let servesPage: Bool
    /// Paths of certificate and key; nil for plain HTTP.
    public let certificate: (certificate: String, key: String)?
    /// nil: there is no admin API.
    public let adminToken: String?
    /// Whether the brokers are said to be Kafka 3.9 or older.
    public let hasLegacyBrokers: Bool
    /// Where metrics, health, status and the admin API are served; nil for nowhere.
    public let httpListen: ListenAddress?
    public let log: LogSettings
    /// What librdkafka gets, in order. Holds secrets.
    public let kafkaProperties: [(String, String)]
    /// What works and is worth a word: sentences about settings, without secrets.
    public let warnings: [String]

    public let loaded: LoadedSettings

    public static func load(
        file: String?, environment: [String: String], overrides: [(String, String)], envFile: String?
    ) throws(ConfigurationError) -> FanoutSettings {
        try SettingsLoader.loadFanout(file: file, environment: environment, overrides: overrides, envFile: envFile)
    }
}
