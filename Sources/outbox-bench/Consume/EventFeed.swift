import Glibc
import Kafka
import ServiceRuntime
import Synchronization
import Telemetry

/// Writes the measured load to Kafka, before anything is measured.
enum EventFeed {
    /// Returns when every event is acknowledged.
    static func write(
        _ subject: ConsumeSubject, count: Int, day: String, to topic: String, bootstrap: String, stop: StopSignal,
        progress: Progress
    ) throws {
        let failures = Atomic(0)
        var properties = KafkaProperties.producerDefaults
        properties["bootstrap.servers"] = bootstrap
        properties["linger.ms"] = "20"
        let producer = try Producer(
            properties: properties, logger: .disabled,
            onDelivery: { reports in
                reports.forEachFailure { _ in failures.wrappingAdd(1, ordering: .relaxed) }
            }, onError: { _ in })
        defer { producer.close() }
        let handle = try producer.topic(topic)
        for number in 0..<count {
            let event = SampleEvent(number, for: subject, day: day)
            let key = Array(event.key.utf8)
            let value = Array(event.envelope.utf8)
            var outcome = ProduceOutcome.queueFull
            while true {
                outcome = key.withUnsafeBytes { key in
                    value.withUnsafeBytes { producer.produce(topic: handle, key: key, value: $0, opaque: 0) }
                }
                guard case .queueFull = outcome else { break }
                usleep(1_000)
            }
            if case .refused(let error) = outcome { throw error }
            if number.isMultiple(of: 10_000) {
                if stop.isSet { throw BenchError.interrupted }
                progress.update("writing events to Kafka: \(Figures.grouped(number)) of \(Figures.grouped(count))")
            }
        }
        producer.sendNow()
        guard producer.waitUntilDrained(timeoutMilliseconds: 60_000), failures.load(ordering: .relaxed) == 0 else {
            throw BenchError("the events could not be written to Kafka")
        }
    }
}
