import Kafka
import ServiceRuntime
import Synchronization
import Telemetry

/// Writes an administrator's messages into the topic, each with a producer of its own: they are few, and an instance that nobody asks
/// for one holds no connection for them.
final class TestPublisher: Sendable {
    /// Metrics and health wait on the same thread: less than a probe's usual patience of five seconds.
    private static let patienceMilliseconds: Int64 = 3_500

    private final class Outcome: Sendable {
        let error = Mutex<(isKnown: Bool, error: KafkaError?)>((false, nil))
        let arrived: EventFD

        init() throws(SystemError) { arrived = try EventFD() }
    }

    private let topic: String
    private let properties: KafkaProperties
    private let logger: Logger

    init(topic: String, properties: KafkaProperties, logger: Logger) {
        self.topic = topic
        self.properties = properties.forProducer.merging(["message.timeout.ms": "3000", "linger.ms": "0"])
        self.logger = logger
    }

    /// Returns once the brokers have it; throws what kept them from it.
    func publish(_ message: TestMessage) throws(KafkaError) {
        let outcome: Outcome
        do throws(SystemError) { outcome = try Outcome() } catch { throw KafkaError(code: .localSystemResource) }
        let made = try Producer(
            properties: properties, logger: logger,
            onDelivery: { reports in
                var failure: KafkaError?
                reports.forEachFailure { failure = $0.error }
                outcome.error.withLock { $0 = (true, failure) }
                outcome.arrived.signal()
            }, onError: { _ in })
        defer { made.close(timeoutMilliseconds: 500) }
        let handle = try made.topic(topic)
        let result: ProduceOutcome = message.value.withUnsafeBytes { value in
            HeaderBlock.with(message.headers) { headers in
                made.produce(topic: handle, key: nil, value: value, headers: headers, opaque: 1)
            }
        }
        switch result {
        case .accepted: break
        case .queueFull: throw KafkaError(code: .localQueueFull)
        case .refused(let error): throw error
        }
        _ = try? waitReadable(
            [PollTarget(outcome.arrived.fileDescriptor)], timeoutMilliseconds: Self.patienceMilliseconds)
        let (isKnown, error) = outcome.error.withLock { $0 }
        if let error { throw error }
        if !isKnown { throw KafkaError(code: .localMessageTimedOut) }
    }
}
