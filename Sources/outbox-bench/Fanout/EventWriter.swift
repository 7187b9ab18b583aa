import Glibc
import Kafka
import ServiceRuntime
import Synchronization
import Telemetry

/// Writes events to the topic, by number, without gaps. Callable from every thread, one at a time.
final class EventWriter: Sendable {
    let template = EventTemplate()
    private let producer: Producer
    private let topic: TopicHandle
    private let failures: Failures

    private final class Failures: Sendable {
        let count = Atomic(0)
    }

    init(topic name: String, bootstrap: String) throws {
        let failures = Failures()
        self.failures = failures
        var properties = KafkaProperties.producerDefaults
        properties["bootstrap.servers"] = bootstrap
        properties["linger.ms"] = "0"
        producer = try Producer(
            properties: properties, logger: .disabled,
            onDelivery: { reports in
                reports.forEachFailure { _ in failures.count.wrappingAdd(1, ordering: .relaxed) }
            }, onError: { _ in })
        topic = try producer.topic(name)
    }

    var hasFailed: Bool { failures.count.load(ordering: .relaxed) > 0 }

    /// Hands the event over; it is on its way when this returns.
    func write(_ number: Int) throws {
        let value = template.envelope(number)
        while true {
            let outcome = template.key.withUnsafeBytes { key in
                value.withUnsafeBytes { producer.produce(topic: topic, key: key, value: $0, opaque: 0) }
            }
            switch outcome {
            case .queueFull: usleep(500)
            case .refused(let error): throw error
            default: return
            }
        }
    }

    /// Returns when everything that was written is acknowledged.
    func flush() throws {
        producer.sendNow()
        guard producer.waitUntilDrained(timeoutMilliseconds: 30_000), !hasFailed else {
            throw BenchError("events could not be written to Kafka")
        }
    }

    /// Writes events when they are due, on a thread of its own, until all are written or `stop` is set.
    func start(_ numbers: Range<Int>, _ schedule: Schedule, stop: StopSignal) throws -> OwnedThread {
        try OwnedThread.start(name: "writer") { [self] in
            for number in numbers where !stop.isSet && !hasFailed {
                schedule.wait(for: number - numbers.lowerBound)
                do { try write(number) } catch { failures.count.wrappingAdd(1, ordering: .relaxed) }
            }
        }
    }

    func close() { producer.close() }
}
