package import Kafka
import ServiceRuntime
import Synchronization
import Telemetry

/// The Kafka producer as the relay uses it: reports go to the ledger and the metrics, errors become a failure.
package final class RelayProducer: MessageSink, Sendable {
    /// What the delivery thread needs; shared with the producer's callbacks, which outlive `init`.
    private final class Reports: Sendable {
        let ledger: AckLedger
        let metrics: RelayMetrics
        /// By topic index.
        let counters = Mutex<[Counter?]>([])
        let failure = Mutex<AckLedger.DeliveryFailure?>(nil)

        init(ledger: AckLedger, metrics: RelayMetrics) {
            self.ledger = ledger
            self.metrics = metrics
        }

        func take(_ reports: borrowing DeliveryReports) {
            let now = MonotonicTime.wallClockMicroseconds()
            let counters = self.counters.withLock { $0 }
            if reports.count > reports.failureCount {
                ledger.acknowledge { acknowledge in
                    reports.forEachRun { opaque, count in
                        let committed = acknowledge(AckTracker.UnitID(opaque >> RelayProducer.topicBits), count)
                        if let committed, committed > 0 {
                            metrics.delivery.observe(Double(max(0, now - committed)) / 1_000_000, count: count)
                        }
                        let topic = Int(opaque & RelayProducer.topicMask)
                        if topic < counters.count { counters[topic]?.add(count) }
                    }
                }
            }
            reports.forEachFailure { report in
                switch DeliveryFailureClass(report.code) {
                case .purged: metrics.invalidatedDeliveries.add()
                case .poison, .producer:
                    ledger.fail(
                        AckLedger.DeliveryFailure(
                            unit: AckTracker.UnitID(report.opaque >> RelayProducer.topicBits), code: report.code.rawValue,
                            name: report.error.name, isPoison: DeliveryFailureClass(report.code) == .poison))
                }
            }
            // Failures alone move nothing in the ledger, but somebody may wait for the last report.
            ledger.wakeWatcher()
        }
    }

    /// A report's opaque word is the unit and, in the low bits, the topic's index.
    static let topicBits: UInt = 12
    static let topicMask: UInt = (1 << 12) - 1

    static func opaque(unit: AckTracker.UnitID, topic: Int) -> UInt {
        UInt(truncatingIfNeeded: unit) << topicBits | (UInt(bitPattern: topic) & topicMask)
    }

    private let producer: Producer
    private let reports: Reports
    /// Upper bound of a batch in bytes.
    let batchSize: Int
    /// Whether a refused message is the end of this producer.
    let isGapless: Bool

    /// - Parameters:
    ///   - batchSize: the largest batch that every topic takes.
    ///   - isGapless: nothing is sent behind a message that a broker refused: the producer fails with it instead. Without it
    ///     librdkafka sends on before we hear of the refusal, and what was behind the refused message arrives ahead of it
    ///     (promise P2). False for careful publishing, one message at a time, where there is nothing behind.
    init(
        options: RelayOptions, batchSize: Int, isGapless: Bool, ledger: AckLedger, metrics: RelayMetrics, logger: Logger
    ) throws(RelayInterruption) {
        self.batchSize = batchSize
        self.isGapless = isGapless
        let reports = Reports(ledger: ledger, metrics: metrics)
        self.reports = reports
        let properties = Self.properties(options, batchSize: batchSize, isGapless: isGapless)
        do throws(KafkaError) {
            producer = try Producer(
                properties: properties, logger: logger, onDelivery: { reports.take($0) },
                onError: { error in
                    metrics.brokerErrors.add()
                    guard error.isFatal else { return }
                    let failure = AckLedger.DeliveryFailure(unit: 0, code: error.code.rawValue, name: error.name, isPoison: false)
                    reports.failure.withLock { $0 = failure }
                    ledger.progress.signal()
                })
        } catch {
            throw .resource("the Kafka producer could not be made: \(error)")
        }
    }

    /// The user's properties and those that are the relay's own business; for `batchSize` and `isGapless` see `init`.
    package static func properties(_ options: RelayOptions, batchSize: Int, isGapless: Bool) -> KafkaProperties {
        var properties = KafkaProperties(options.kafka)
        let wanted = properties["batch.size"].flatMap { Int($0) } ?? batchSize
        properties["batch.size"] = String(min(batchSize, wanted))
        if isGapless { properties["enable.gapless.guarantee"] = "true" }
        // A message's size is checked against its own topic's limit before it is produced; the client's one limit for all
        // topics must not refuse what a topic takes. The relay's own limits bound the queue.
        properties["message.max.bytes"] = "1000000000"
        properties["queue.buffering.max.messages"] = String(options.inFlightEvents + 10_000)
        properties["queue.buffering.max.kbytes"] = "2097151"
        return properties
    }

    func topic(_ name: String) throws(RelayInterruption) -> TopicHandle {
        do throws(KafkaError) { return try producer.topic(name) } catch { throw .resource("\(error)") }
    }

    /// Blocks; for the inspector's thread.
    func learn(topic name: String) { producer.learn(topic: name, timeoutMilliseconds: 1_000) }

    func setCounter(_ counter: Counter, at index: Int) {
        reports.counters.withLock { counters in
            while counters.count <= index { counters.append(nil) }
            counters[index] = counter
        }
    }

    @inline(__always)
    package func produce(
        topic: TopicHandle, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, headers: HeaderBlock, opaque: UInt
    ) -> ProduceOutcome {
        producer.produce(topic: topic, key: key, value: value, headers: headers, opaque: opaque)
    }

    /// Nothing more comes right now: what waits for company in a batch may go.
    func sendNow() { producer.sendNow() }

    var outstanding: Int { producer.outstanding }

    /// A fatal error of the client.
    var failure: AckLedger.DeliveryFailure? { reports.failure.withLock { $0 } }

    func waitUntilDrained(milliseconds: Int) -> Bool { producer.waitUntilDrained(timeoutMilliseconds: milliseconds) }

    /// Calls everything back and serves the reports; false when they did not come in time.
    func purge(milliseconds: Int) -> Bool {
        producer.purge()
        return producer.waitUntilDrained(timeoutMilliseconds: milliseconds)
    }

    /// Gives up what is outstanding; bounded, so that a stop is prompt also when no broker answers.
    func close() { producer.close(timeoutMilliseconds: 500) }
}
