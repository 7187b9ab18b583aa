import ByteCoding
import Kafka
import PostgresReplication
import ServiceRuntime
import Telemetry

/// Everything that lives as long as we may take the slot for ours: the ledger of what is under way, the producer, and the
/// threads around them. A reconnect keeps it; a rival on the slot, or another history of the cluster, ends it.
///
/// Made and used on the replication thread.
final class RelayEpoch {
    let ledger: AckLedger
    let statements: BookkeepingStatements
    let bookkeeper: Bookkeeper
    let inspector: TopicInspector
    let monitor: SlotMonitor
    let identity: SystemIdentity
    private(set) var producer: RelayProducer
    private let context: RelayContext

    /// The largest batch librdkafka makes by itself.
    private static let defaultBatchSize = 1_000_000

    /// - Parameters:
    ///   - start: the confirmed position.
    ///   - checkpoint: as stored, or to be stored.
    ///   - isCareful: whether the first messages are published one at a time; see `EventPublisher.isCareful`.
    init(
        start: LSN, checkpoint: Checkpoint, identity: SystemIdentity, statements: BookkeepingStatements, countsPending: Bool,
        isCareful: Bool, context: RelayContext
    ) throws(RelayInterruption) {
        self.context = context
        self.statements = statements
        self.identity = identity
        let options = context.options
        do throws(SystemError) {
            ledger = try AckLedger(confirmed: start)
            bookkeeper = try Bookkeeper(
                settings: options.postgres, statements: statements, store: CheckpointStore(options.checkpointTable),
                checkpoint: checkpoint, ledger: ledger, metrics: context.metrics, logger: context.logger)
            monitor = try SlotMonitor(
                options: options, countsPending: countsPending, state: context.state, metrics: context.metrics,
                noticed: ledger.progress, logger: context.logger)
        } catch { throw .resource("\(error)") }
        producer = try RelayProducer(
            options: options, batchSize: Self.defaultBatchSize, isGapless: !isCareful, ledger: ledger, metrics: context.metrics,
            logger: context.logger)
        inspector = try Self.makeInspector(context, ledger)
        teachProducer()
        do throws(SystemError) {
            try bookkeeper.start()
            try inspector.start()
            try monitor.start()
        } catch { throw .resource("\(error)") }
    }

    private static func makeInspector(_ context: RelayContext, _ ledger: AckLedger) throws(RelayInterruption) -> TopicInspector {
        let admin: Admin
        do throws(KafkaError) {
            admin = try Admin(properties: KafkaProperties(context.options.kafka), logger: context.logger)
        } catch { throw .resource("the Kafka client could not be made: \(error)") }
        do throws(SystemError) {
            return try TopicInspector(admin: admin, state: context.state, answered: ledger.progress, logger: context.logger)
        } catch { throw .resource("\(error)") }
    }

    /// A new producer in place of one that failed or was purged, or that makes batches too large for a topic, or for the other way
    /// of publishing. Nothing may be outstanding.
    func replaceProducer(batchSize: Int? = nil, isCareful: Bool? = nil) throws(RelayInterruption) {
        let size = batchSize ?? producer.batchSize
        let isGapless = isCareful.map { !$0 } ?? producer.isGapless
        producer.close()
        producer = try RelayProducer(
            options: context.options, batchSize: size, isGapless: isGapless, ledger: ledger, metrics: context.metrics,
            logger: context.logger)
        teachProducer()
    }

    private func teachProducer() {
        let producer = self.producer
        inspector.setLearner { producer.learn(topic: $0) }
    }

    func makePublisher() -> EventPublisher {
        EventPublisher(
            options: context.options, statements: statements, producer: producer, inspector: inspector, ledger: ledger,
            metrics: context.metrics, logger: context.logger)
    }

    /// Waits for what is under way, or calls it back: afterwards nothing of ours will reach Kafka any more.
    ///
    /// Called when the stream broke, before anybody else can own the slot: two relays must never both publish (promise P4).
    /// - Returns: whether everything was delivered; otherwise the undelivered part was forgotten and has to be read again, by
    ///   another producer: a purge leaves a gap, which ends a gapless one.
    func settle(milliseconds: Int) throws(RelayInterruption) -> Bool {
        if producer.waitUntilDrained(milliseconds: milliseconds), ledger.view.failure == nil, producer.failure == nil {
            return true
        }
        _ = producer.purge(milliseconds: 2_000)
        _ = ledger.forgetUndelivered()
        try replaceProducer()
        return false
    }

    /// Ends the threads. What is not delivered and not stored by `deadline` (monotonic ns) comes again.
    func close(until deadline: Int64) {
        monitor.shutDown()
        if producer.outstanding > 0 { _ = producer.purge(milliseconds: 500) }
        bookkeeper.finish(until: deadline)
        inspector.shutDown()
        producer.close()
    }
}
