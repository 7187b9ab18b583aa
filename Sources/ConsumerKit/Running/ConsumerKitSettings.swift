public import Kafka
public import PostgresClient

/// How consumers are run: what they all share. A consumer's own nature is in its ``ConsumerDefinition``.
public struct ConsumerKitSettings: Sendable {
    /// Where the tables of the kit and of the effects are; its search path decides the schema.
    public var postgres: ConnectionSettings
    /// librdkafka's own properties: brokers, security, and what is to differ from our defaults. A producer's keys count for dead
    /// letters, a consumer's for the group.
    public var kafka: KafkaProperties
    /// Where ``EffectTransaction/publish(_:)`` writes to.
    public var outboxTable = QualifiedName(schema: "public", name: "outbox_events")
    /// Static membership: this process's name, unique in each group; nil: none.
    public var groupInstance: String?
    /// Instead of the group that the consumer's definition names.
    public var group: String?
    /// Instead of the policy that the consumer's definition names.
    public var parking: ParkingPolicy?

    /// Threads with a connection each that apply events of different keys at the same time.
    public var lanes = 2
    /// Most records of one transaction, and their bytes.
    public var batchSize = 1_000
    public var batchBytes = 8 << 20
    /// What may wait in memory, over all lanes.
    public var queue = FlowControl.Limits(records: 20_000, bytes: 32 << 20)

    public var retry = RetryPolicy()
    public var breaker = CircuitBreaker.Settings()
    public var flood = FloodGuard.Limits()

    /// How often positions that no transaction wrote are written, and offsets committed, in ms.
    public var commitIntervalMilliseconds: Int64 = 1_000
    /// How long a rebalance waits for the transactions that run, in ms.
    public var revokeMilliseconds: Int64 = 10_000
    /// How long a stop waits for them, in ms, and as long again for leaving the group.
    public var drainMilliseconds: Int64 = 10_000
    /// Of one statement of a consumer, in ms.
    public var statementTimeoutMilliseconds: Int64 = 30_000
    /// How long a thread may stand still while it has work, before the process counts as hung, in ms.
    public var watchdogMilliseconds: Int64 = 60_000

    /// How long claims are kept, in days: at least the retention of the topics. 0: for ever.
    public var inboxRetentionDays: Int64 = 31
    /// Of dead-letter topics that the kit has to make, in days.
    public var deadLetterRetentionDays: Int64 = 30
    /// Of these topics; -1: the broker's default.
    public var deadLetterReplicationFactor = -1

    public init(postgres: ConnectionSettings, kafka: KafkaProperties) {
        self.postgres = postgres
        self.kafka = kafka
    }

    /// The dead-letter topic of a topic.
    public static func deadLetterTopic(of topic: String) -> String { topic + ".dlq" }
}
