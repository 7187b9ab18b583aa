public import Configuration
import OutboxModel
public import PostgresClient
public import RelayCore
public import RelayPolling

extension RelayOptions {
    /// What the relay is told, out of the settings. Throws a sentence about settings that contradict each other only together
    /// (a prefix and a default topic that make no valid name).
    public init(_ settings: RelaySettings) throws(OperationError) {
        let routing: RoutingPolicy
        do throws(RoutingPolicyError) {
            routing = try RoutingPolicy(
                defaultTopic: settings.routing.defaultTopic, prefix: settings.routing.prefix,
                deadLetterTopic: settings.deadLetter.topic, pattern: settings.routing.pattern?.description)
        } catch { throw OperationError("the topic settings do not fit together: \(error)") }
        self.init(
            postgres: ConnectionSettings(settings), slotName: settings.slotName, slotFailover: settings.slotFailover,
            publicationName: settings.publicationName,
            table: PostgresClient.QualifiedName(settings.table),
            checkpointTable: PostgresClient.QualifiedName(settings.checkpointTable),
            columns: ColumnNames(settings.columns),
            afterPublish: RelayCore.AfterPublish(rawValue: settings.afterPublish.rawValue) ?? .mark,
            deadLetter: RelayCore.DeadLetterAction(rawValue: settings.deadLetter.action.rawValue) ?? .topic,
            slotRepair: SlotRepair(rawValue: settings.slot.repair.rawValue) ?? .auto,
            fallsBackToPolling: settings.mode == .auto && settings.afterPublish != .keep,
            walLimits: WALGuard.Limits(
                budgetBytes: Int64(settings.slot.walBudgetBytes), releases: settings.slot.walBudgetAction == .release),
            heartbeatIntervalMilliseconds: Int64(settings.slot.heartbeatIntervalMilliseconds), routing: routing,
            format: MessageFormat(rawValue: settings.format.rawValue) ?? .envelope,
            cloudEventsSource: settings.cloudEventsSource, kafka: settings.kafkaProperties,
            inFlightEvents: settings.flow.inFlightEvents, inFlightBytes: settings.flow.inFlightBytes,
            drainTimeoutMilliseconds: Int64(settings.flow.drainTimeoutMilliseconds),
            feedbackIntervalMilliseconds: Int64(settings.flow.feedbackIntervalMilliseconds),
            stallTimeoutMilliseconds: Int64(settings.flow.stallTimeoutMilliseconds))
    }
}

extension PollingOptions {
    public init(_ settings: PollingSettings) {
        self.init(
            intervalMilliseconds: Int64(settings.intervalMilliseconds), batchSize: settings.batchSize, shards: settings.shards,
            maxAttempts: settings.maxAttempts, leaseMilliseconds: Int64(settings.leaseMilliseconds))
    }
}

extension ConnectionSettings {
    /// An ordinary session under the relay's name.
    ///
    /// What it commits never waits for standbys: where the relay is a synchronous standby itself (synchronous_standby_names='*'),
    /// its bookkeeping would wait for a position that is confirmed only after the bookkeeping, and every commit of the database
    /// with it.
    public init(_ settings: RelaySettings) {
        self.init(
            dsn: settings.postgres.dsn, password: settings.postgres.password,
            applicationName: "outbox-relay \(settings.slotName)",
            sessionSettings: ConnectionSettings.textFormatSettings + [("synchronous_commit", "local")])
    }
}

extension PostgresClient.QualifiedName {
    init(_ name: Configuration.QualifiedName) { self.init(schema: name.schema, name: name.name) }
}

extension ColumnNames {
    init(_ settings: ColumnSettings) {
        var names: [OutboxModel.ColumnRole: String] = [:]
        for role in Configuration.ColumnRole.allCases {
            if let name = settings[role], let same = OutboxModel.ColumnRole(rawValue: role.rawValue) { names[same] = name }
        }
        self.init(names)
    }
}
