import Kafka
import Synchronization
import Telemetry

/// The ledger as writers and reader share it, with the distribution of the delivery times. Usable on every thread.
final class DeliveryRecorder: Sendable {
    private struct State {
        var ledger = DeliveryLedger()
        var measures = false
        var firstRecord: Record?
        var firstFailure: DemoError?
        var lastKafkaError: KafkaError?
    }

    private let state = Mutex(State())
    private let times: Histogram

    init() {
        // 3 % apart from 0.1 ms to a minute and more: quantiles are that exact.
        var bounds = [0.0001]
        while let last = bounds.last, last < 100 { bounds.append(last * 1.03) }
        times = MetricRegistry().histogram("demo_delivery_seconds", help: "Commit to consumer.", buckets: bounds)
    }

    var counts: DeliveryCounts { state.withLock { $0.ledger.counts } }
    /// The first event that arrived.
    var firstRecord: Record? { state.withLock { $0.firstRecord } }
    /// What ended a writer.
    var failure: DemoError? { state.withLock { $0.firstFailure } }
    /// What the reader met last.
    var lastKafkaError: KafkaError? { state.withLock { $0.lastKafkaError } }

    /// Milliseconds below which the fraction `q` of the deliveries stayed; nil before the first one.
    func milliseconds(quantile q: Double) -> Double? {
        times.quantile(q).map { $0 * 1000 }
    }

    /// From now on deliveries are timed.
    func beginMeasuring() { state.withLock { $0.measures = true } }

    func write(_ events: [OrderEvent], at time: Int64) {
        state.withLock { state in
            for event in events { state.ledger.write(id: event.id, commits: event.commits, at: time) }
        }
    }

    func arrive(_ record: Record, id: String, key: String, sequence: Int?, at time: Int64) {
        let taken: Int64? = state.withLock { state in
            if state.firstRecord == nil { state.firstRecord = record }
            let taken = state.ledger.arrive(id: id, key: key, sequence: sequence, at: time)
            return state.measures ? taken : nil
        }
        if let taken { times.observe(Double(taken) / 1e9) }
    }

    func fail(_ error: DemoError) {
        state.withLock { $0.firstFailure = $0.firstFailure ?? error }
    }

    func note(_ error: KafkaError) {
        state.withLock { $0.lastKafkaError = error }
    }
}
