import Glibc
import Kafka
import ServiceRuntime
import Telemetry

/// A consumer that takes the time at which each event comes for the first time. Used by one thread.
final class ArrivalRecorder {
    private let consumer: Consumer
    /// Monotonic ns by event number; 0 for what has not come.
    private(set) var arrivals: [Int64]
    private(set) var distinct = 0
    private(set) var duplicates = 0

    /// Reads `topic` from its end.
    init(topic: String, bootstrap: String, events: Int) throws {
        arrivals = [Int64](repeating: 0, count: events)
        // A fetch is answered as soon as there is a byte; the wait is only how long it stays open without one.
        consumer = try Consumer(
            properties: ["bootstrap.servers": bootstrap, "fetch.wait.max.ms": "50", "fetch.min.bytes": "1"], logger: .disabled)
        try assign(topic)
    }

    /// A topic made a moment ago may not have found its leaders yet.
    private func assign(_ topic: String) throws(KafkaError) {
        let deadline = MonotonicTime.now() + 10_000_000_000
        while true {
            do throws(KafkaError) {
                try consumer.assign(topic: topic, from: .end)
                return
            } catch {
                guard MonotonicTime.now() < deadline else { throw error }
                usleep(100_000)
            }
        }
    }

    /// Takes the next record, waiting for it for a moment. Errors pass by themselves, or are seen in what is missing.
    func step() {
        _ = consumer.withRawRecord(timeoutMilliseconds: 50) { record in
            let now = MonotonicTime.now()
            note(record.value.flatMap { WorkloadRow.number(inEnvelope: $0) }, at: now)
        }
    }

    func close() { consumer.close() }

    private func note(_ number: Int?, at now: Int64) {
        guard let number, arrivals.indices.contains(number) else { return }
        if arrivals[number] == 0 {
            arrivals[number] = now
            distinct += 1
        } else {
            duplicates += 1
        }
    }
}
