import Kafka
import RelayCore
import Telemetry

/// The Kafka producer as the polling mode uses it.
final class PollingProducer: MessageSink, Sendable {
    private let producer: Producer
    /// Upper bound of a batch in bytes.
    let batchSize: Int

    /// - Parameter isGapless: see `RelayProducer.init`.
    init(
        options: RelayOptions, batchSize: Int, isGapless: Bool, reports: BatchReports, metrics: RelayMetrics, logger: Logger
    ) throws(PollingInterruption) {
        self.batchSize = batchSize
        let properties = RelayProducer.properties(options, batchSize: batchSize, isGapless: isGapless)
        do throws(KafkaError) {
            producer = try Producer(
                properties: properties, logger: logger, onDelivery: { reports.take($0) },
                onError: { error in
                    metrics.brokerErrors.add()
                    if error.isFatal { reports.fail(error.name) }
                })
        } catch { throw .resource("the Kafka producer could not be made: \(error)") }
    }

    func produce(
        topic: TopicHandle, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, headers: HeaderBlock, opaque: UInt
    ) -> ProduceOutcome {
        producer.produce(topic: topic, key: key, value: value, headers: headers, opaque: opaque)
    }

    func topic(_ name: String) throws(PollingInterruption) -> TopicHandle {
        do throws(KafkaError) { return try producer.topic(name) } catch { throw .resource("\(error)") }
    }

    /// Blocks; for the inspector's thread.
    func learn(topic name: String) { producer.learn(topic: name, timeoutMilliseconds: 1_000) }

    func sendNow() { producer.sendNow() }

    var outstanding: Int { producer.outstanding }

    /// Its client died: it can produce nothing any more.
    var isDead: Bool { producer.fatalError != nil }

    /// Calls everything back; false when the reports did not come in time.
    @discardableResult
    func purge(milliseconds: Int) -> Bool {
        guard outstanding > 0 else { return true }
        producer.purge()
        return producer.waitUntilDrained(timeoutMilliseconds: milliseconds)
    }

    func waitUntilDrained(milliseconds: Int) -> Bool { producer.waitUntilDrained(timeoutMilliseconds: milliseconds) }

    func close() { producer.close(timeoutMilliseconds: 500) }
}
