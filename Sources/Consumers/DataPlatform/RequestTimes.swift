import Synchronization
import Telemetry

/// The metric of requests to an external API, by what came of them. Thread-safe.
final class RequestTimes: Sendable {
    private let registry: MetricRegistry
    private let consumer: String
    private let histograms = Mutex<[String: Histogram]>([:])

    init(_ registry: MetricRegistry, consumer: String) {
        self.registry = registry
        self.consumer = consumer
        // There before the first request, so that a rate over it is.
        _ = histogram("200")
    }

    func observe(_ outcome: PostOutcome, seconds: Double) { histogram(outcome.code).observe(seconds) }

    private func histogram(_ code: String) -> Histogram {
        histograms.withLock { histograms in
            if let known = histograms[code] { return known }
            let made = registry.histogram(
                "outbox_consumer_external_http_seconds", help: "Time of a request to an external API, by its answer.",
                labels: [("consumer", consumer), ("code", code)])
            histograms[code] = made
            return made
        }
    }
}
