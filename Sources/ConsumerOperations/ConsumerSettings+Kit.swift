public import Configuration
public import ConsumerKit
import Consumers
import Kafka
public import PostgresClient

extension ConnectionSettings {
    /// An ordinary session of the consumers.
    public init(_ settings: ConsumerSettings) {
        self.init(dsn: settings.postgres.dsn, password: settings.postgres.password, applicationName: "outbox-consumer")
    }
}

extension ConsumerKitSettings {
    /// What the kit is told, out of the settings.
    ///
    /// - Parameter inboxRetentionDays: what `inbox.retention` comes to; 0 for ever.
    public init(_ settings: ConsumerSettings, inboxRetentionDays: Int64) {
        self.init(postgres: ConnectionSettings(settings), kafka: Kafka.KafkaProperties(settings.kafkaProperties))
        outboxTable = PostgresClient.QualifiedName(schema: settings.table.schema, name: settings.table.name)
        groupInstance = settings.groupInstance
        parking = settings.failures.parking.flatMap { ParkingPolicy(rawValue: $0.rawValue) }
        lanes = settings.batches.lanes
        batchSize = settings.batches.records
        batchBytes = settings.batches.bytes
        queue = FlowControl.Limits(records: settings.batches.queueRecords, bytes: settings.batches.queueBytes)
        retry = RetryPolicy(
            retries: settings.failures.retries, initialMilliseconds: Int64(settings.failures.backoffMilliseconds))
        breaker = CircuitBreaker.Settings(
            window: settings.failures.breakerWindow, failureRatio: settings.failures.breakerRatio,
            openMilliseconds: Int64(settings.failures.breakerCooldownMilliseconds))
        flood = FloodGuard.Limits(
            consecutive: settings.failures.floodConsecutive, ratio: settings.failures.floodRatio,
            window: settings.failures.floodWindow)
        drainMilliseconds = Int64(settings.drainTimeoutMilliseconds)
        statementTimeoutMilliseconds = Int64(settings.failures.statementTimeoutMilliseconds)
        watchdogMilliseconds = Self.watchdog(
            statementMilliseconds: statementTimeoutMilliseconds,
            requestMilliseconds: Int64(settings.dataPlatform.timeoutMilliseconds))
        self.inboxRetentionDays = inboxRetentionDays
    }

    /// Nothing that the settings allow to take its time counts as a hang: one statement, or a batch of requests with its last one.
    package static func watchdog(statementMilliseconds: Int64, requestMilliseconds: Int64) -> Int64 {
        let grace: Int64 = 30_000
        let statement = statementMilliseconds.addingReportingOverflow(grace)
        let request = requestMilliseconds.addingReportingOverflow(DataPlatformSettings.batchMilliseconds + grace)
        guard !statement.overflow, !request.overflow else { return longestWatchdog }
        return min(max(60_000, statement.partialValue, request.partialValue), longestWatchdog)
    }

    /// Its nanoseconds are counted in 64 bits as well.
    private static let longestWatchdog = Int64.max / 1_000_000
}
