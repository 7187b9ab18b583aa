import Kafka
import Synchronization
import Telemetry

/// The ledgers as writers and readers share them, with the distribution of the delivery times. Usable on every thread.
final class DeliveryRecorder: Sendable {
    private struct State {
        /// All events, as a consumer of Kafka gets them.
        var ledger = DeliveryLedger()
        /// Those for browsers, as one of them gets them.
        var browserLedger = DeliveryLedger()
        var measures = false
        var firstRecord: Record?
        var firstFailure: DemoError?
        var lastKafkaError: KafkaError?
    }

    private let state = Mutex(State())
    private let times: Histogram
    private let browserTimes: Histogram

    init() {
        // 3 % apart from 0.1 ms to a minute and more: quantiles are that exact.
        var bounds = [0.0001]
        while let last = bounds.last, last < 100 { bounds.append(last * 1.03) }
        times = MetricRegistry().histogram("demo_delivery_seconds", help: "Commit to consumer.", buckets: bounds)
        browserTimes = MetricRegistry().histogram("demo_browser_seconds", help: "Commit to browser.", buckets: bounds)
    }

    var counts: DeliveryCounts { state.withLock { $0.ledger.counts } }
    var browserCounts: DeliveryCounts { state.withLock { $0.browserLedger.counts } }
    /// Committed events that a consumer, or a browser, has yet to get.
    var missing: Int { state.withLock { $0.ledger.counts.missing + $0.browserLedger.counts.missing } }
    /// The first event for consumers that arrived.
    var firstRecord: Record? { state.withLock { $0.firstRecord } }
    /// What ended a writer.
    var failure: DemoError? { state.withLock { $0.firstFailure } }
    /// What the reader met last.
    var lastKafkaError: KafkaError? { state.withLock { $0.lastKafkaError } }

    /// Milliseconds below which the fraction `q` of the deliveries stayed; nil before the first one.
    func milliseconds(quantile q: Double) -> Double? {
        times.quantile(q).map { $0 * 1000 }
    }

    /// The same until they were in the browser.
    func browserMilliseconds(quantile q: Double) -> Double? {
        browserTimes.quantile(q).map { $0 * 1000 }
    }

    /// From now on deliveries are timed.
    func beginMeasuring() { state.withLock { $0.measures = true } }

    func write(_ events: [OrderEvent], at time: Int64) {
        state.withLock { state in
            for event in events {
                state.ledger.write(id: event.id, commits: event.commits, at: time)
                if event.audience.isBrowser { state.browserLedger.write(id: event.id, commits: event.commits, at: time) }
            }
        }
    }

    /// - Returns: whether the event is one of the demo's own.
    func arrive(_ record: Record, id: String, key: String, sequence: Int?, at time: Int64) -> Bool {
        let (taken, isOwn): (Int64?, Bool) = state.withLock { state in
            if state.firstRecord == nil, record.topic == DemoOptions.topic { state.firstRecord = record }
            let strangers = state.ledger.counts.unknown
            // Numbers count within a topic.
            let taken = state.ledger.arrive(id: id, key: "\(record.topic) \(key)", sequence: sequence, at: time)
            return (state.measures ? taken : nil, state.ledger.counts.unknown == strangers)
        }
        if let taken { times.observe(Double(taken) / 1e9) }
        return isOwn
    }

    func arriveAtBrowser(id: String, key: String, sequence: Int?, at time: Int64) {
        let taken: Int64? = state.withLock { state in
            let taken = state.browserLedger.arrive(id: id, key: key, sequence: sequence, at: time)
            return state.measures ? taken : nil
        }
        if let taken { browserTimes.observe(Double(taken) / 1e9) }
    }

    func fail(_ error: DemoError) {
        state.withLock { $0.firstFailure = $0.firstFailure ?? error }
    }

    func note(_ error: KafkaError) {
        state.withLock { $0.lastKafkaError = error }
    }
}
