/// What a consumer is, apart from its effects.
public struct ConsumerDefinition: Sendable {
    /// Its name in `processed_events`, in settings, metrics and commands, for instance `stock`.
    public let name: String
    /// Kafka consumer group.
    public let group: String
    public let topics: [String]
    /// The event types that it handles; others are passed over without a claim.
    public let eventTypes: Set<String>
    /// A sentence for `outbox-consumer list`.
    public let summary: String
    public let parking: ParkingPolicy
    /// Whether applying an event once more, although it was applied, changes nothing (`replay --again` is allowed only then).
    public let isRepeatable: Bool
    /// Whether events are claimed in `processed_events`. False only for effects outside the database that may be repeated freely.
    public let usesInbox: Bool
    /// Tables whose rows are derived from nothing but the events, in any order: `rebuild` empties them and reads the topics again.
    public let rebuildTables: [String]
    /// What beside Postgres it needs (`redis`, `http`): breakers are made for these.
    public let dependencies: [String]
    /// Which version of the consumer this is: its author's to raise when what it does changes. In the headers of its dead letters.
    public let version: String

    public init(
        name: String, group: String? = nil, topics: [String], eventTypes: Set<String>, summary: String,
        parking: ParkingPolicy = .ignore, isRepeatable: Bool = false, usesInbox: Bool = true, rebuildTables: [String] = [],
        dependencies: [String] = [], version: String = "1"
    ) {
        self.name = name
        self.group = group ?? "\(name)-consumer"
        self.topics = topics
        self.eventTypes = eventTypes
        self.summary = summary
        self.parking = parking
        self.isRepeatable = isRepeatable
        self.usesInbox = usesInbox
        self.rebuildTables = rebuildTables
        self.dependencies = dependencies
        self.version = version
    }
}
