public import OutboxModel
public import PostgresClient

/// What the relay does after an event is published.
public enum AfterPublish: String, Sendable {
    /// The row's status becomes PUBLISHED.
    case mark
    /// The row is deleted.
    case delete
    /// Nothing is written: for partitioned or externally pruned tables.
    case keep
}

/// What happens to an event that cannot be published.
public enum DeadLetterAction: String, Sendable {
    /// It goes to the dead-letter topic and the stream goes on.
    case topic
    /// The relay stops and keeps its position.
    case halt
}

/// Everything the relay is told, free of where it was configured.
public struct RelayOptions: Sendable {
    public var postgres: ConnectionSettings
    public var slotName: String
    /// The slot is made with FAILOVER (17 and later), so that standbys keep a copy of it.
    public var slotFailover: Bool
    public var publicationName: String
    public var table: QualifiedName
    public var checkpointTable: QualifiedName
    public var columns: ColumnNames
    public var afterPublish: AfterPublish
    public var deadLetter: DeadLetterAction
    public var slotRepair: SlotRepair
    /// Whether somebody publishes by polling when the stream is impossible (`mode=auto`): then a slot that a stranger holds is
    /// given up after a while.
    public var fallsBackToPolling: Bool
    public var walLimits: WALGuard.Limits
    /// A logical message is written this often when the slot stands still, in ms; 0 is never.
    public var heartbeatIntervalMilliseconds: Int64
    public var routing: RoutingPolicy
    public var format: MessageFormat
    public var cloudEventsSource: String
    /// For librdkafka, defaults of ours included.
    public var kafka: [(String, String)]
    /// Events handed to Kafka and not yet finished.
    public var inFlightEvents: Int
    /// Their bytes.
    public var inFlightBytes: Int
    /// How long a stop waits for deliveries, in ms.
    public var drainTimeoutMilliseconds: Int64
    /// Status updates are sent at least this often, in ms.
    public var feedbackIntervalMilliseconds: Int64
    /// Silence or missing acknowledgements for this long turn readiness red, in ms.
    public var stallTimeoutMilliseconds: Int64

    public init(
        postgres: ConnectionSettings, slotName: String = "outbox_relay", slotFailover: Bool = false,
        publicationName: String = "outbox_relay",
        table: QualifiedName = QualifiedName(schema: "public", name: "outbox_events"),
        checkpointTable: QualifiedName = QualifiedName(schema: "public", name: "outbox_checkpoints"),
        columns: ColumnNames = .standard, afterPublish: AfterPublish = .mark, deadLetter: DeadLetterAction = .topic,
        slotRepair: SlotRepair = .auto, fallsBackToPolling: Bool = false, walLimits: WALGuard.Limits = WALGuard.Limits(),
        heartbeatIntervalMilliseconds: Int64 = 0, routing: RoutingPolicy, format: MessageFormat = .envelope,
        cloudEventsSource: String = "",
        kafka: [(String, String)] = [], inFlightEvents: Int = 10_000, inFlightBytes: Int = 16 << 20,
        drainTimeoutMilliseconds: Int64 = 7_000, feedbackIntervalMilliseconds: Int64 = 10_000,
        stallTimeoutMilliseconds: Int64 = 10_000
    ) {
        self.postgres = postgres
        self.slotName = slotName
        self.slotFailover = slotFailover
        self.publicationName = publicationName
        self.table = table
        self.checkpointTable = checkpointTable
        self.columns = columns
        self.afterPublish = afterPublish
        self.deadLetter = deadLetter
        self.slotRepair = slotRepair
        self.fallsBackToPolling = fallsBackToPolling
        self.walLimits = walLimits
        self.heartbeatIntervalMilliseconds = heartbeatIntervalMilliseconds
        self.routing = routing
        self.format = format
        self.cloudEventsSource = cloudEventsSource
        self.kafka = kafka
        self.inFlightEvents = inFlightEvents
        self.inFlightBytes = inFlightBytes
        self.drainTimeoutMilliseconds = drainTimeoutMilliseconds
        self.feedbackIntervalMilliseconds = feedbackIntervalMilliseconds
        self.stallTimeoutMilliseconds = stallTimeoutMilliseconds
    }
}
