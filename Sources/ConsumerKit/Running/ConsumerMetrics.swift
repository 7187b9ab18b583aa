internal import Synchronization
internal import Telemetry

/// A consumer's metrics, prefix `outbox_consumer_`, label `consumer`. Thread-safe.
final class ConsumerMetrics: Sendable {
    /// What became of a record.
    enum Result: String, CaseIterable { case applied, duplicate, skipped, parked, dead }
    enum Phase: String, CaseIterable { case decode, claim, apply, commit }

    let batchSize: Histogram
    let freshness: Histogram
    let queueTime: Histogram
    let retries: Counter
    let duplicates: Counter
    let poison: Counter
    let drain: Histogram
    let joinedAnew: Counter
    let cleanup: Histogram
    let offsetGap: Gauge
    let lagSeconds: Gauge
    let openLetters: Gauge
    let parked: Gauge
    let oldestLetter: Gauge
    let replayedLetters: Counter
    private let registry: MetricRegistry
    private let consumer: String
    private let phases: [Histogram]
    private let records = Mutex<[String: [Counter]]>([:])

    init(_ registry: MetricRegistry, consumer: String) {
        self.registry = registry
        self.consumer = consumer
        let labels = [("consumer", consumer)]
        let short: [Double] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
        batchSize = registry.histogram(
            "outbox_consumer_batch_size", help: "Records of one transaction.",
            buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000], labels: labels)
        freshness = registry.histogram(
            "outbox_consumer_freshness_seconds", help: "Time from an event to the commit of its effects.", labels: labels)
        queueTime = registry.histogram(
            "outbox_consumer_queue_seconds", help: "Time from fetching a record to beginning its batch.", buckets: short,
            labels: labels)
        retries = registry.counter(
            "outbox_consumer_retries_total", help: "Transactions that were rolled back and tried again.", labels: labels)
        duplicates = registry.counter(
            "outbox_consumer_duplicates_total", help: "Events that were known already and had no effect.", labels: labels)
        poison = registry.counter(
            "outbox_consumer_poison_total", help: "Records that are no event at all.", labels: labels)
        drain = registry.histogram(
            "outbox_consumer_revoke_drain_seconds", help: "Time that a rebalance waited for running transactions.",
            buckets: short,
            labels: labels)
        joinedAnew = registry.counter(
            "outbox_consumer_joined_anew_total",
            help: "Times that the group gave no partitions for so long that this instance left it and joined as another member.",
            labels: labels)
        cleanup = registry.histogram(
            "outbox_consumer_inbox_cleanup_seconds", help: "Time to look for days of the inbox past their retention.",
            buckets: short, labels: labels)
        offsetGap = registry.gauge(
            "outbox_consumer_offset_gap", help: "Greatest distance in a partition between what was read and what is done.",
            labels: labels)
        lagSeconds = registry.gauge(
            "outbox_consumer_lag_seconds", help: "Age of the oldest record that is not applied; 0 when there is none.",
            labels: labels)
        openLetters = registry.gauge(
            "outbox_consumer_open_dead_letters", help: "Dead letters neither retried nor discarded, of all instances.",
            labels: labels)
        parked = registry.gauge(
            "outbox_consumer_parked_events", help: "Events that wait behind a dead letter of their key, of all instances.",
            labels: labels)
        oldestLetter = registry.gauge(
            "outbox_consumer_dlq_oldest_seconds",
            help: "Age of the oldest open dead letter, of all instances; 0 when there is none.",
            labels: labels)
        replayedLetters = registry.counter(
            "outbox_consumer_dlq_replayed_total", help: "Dead letters that were applied by dlq retry, of all instances.",
            labels: labels)
        phases = Phase.allCases.map { phase in
            registry.histogram(
                "outbox_consumer_batch_seconds", help: "Time of a batch by phase.", buckets: short,
                labels: labels + [("phase", phase.rawValue)])
        }
        for kind in DeadLetterCause.Kind.allCases { _ = deadLetters(kind) }
    }

    func phase(_ phase: Phase) -> Histogram { phases[Phase.allCases.firstIndex(of: phase) ?? 0] }

    func count(_ result: Result, topic: String, _ amount: Int) {
        guard amount > 0 else { return }
        let counters = records.withLock { records in
            if let known = records[topic] { return known }
            let made = Result.allCases.map { result in
                registry.counter(
                    "outbox_consumer_records_total", help: "Records by what became of them.",
                    labels: [("consumer", consumer), ("topic", topic), ("result", result.rawValue)])
            }
            records[topic] = made
            return made
        }
        if let index = Result.allCases.firstIndex(of: result) { counters[index].add(amount) }
    }

    func deadLetters(_ kind: DeadLetterCause.Kind) -> Counter {
        registry.counter(
            "outbox_consumer_dead_letters_total", help: "Events that became dead letters.",
            labels: [("consumer", consumer), ("class", kind.rawValue)])
    }

    func rebalances(_ kind: String) -> Counter {
        registry.counter(
            "outbox_consumer_rebalances_total", help: "Changes of this instance's partitions.",
            labels: [("consumer", consumer), ("kind", kind)])
    }

    /// Partitions whose reading began somewhere else than where it ended.
    func starts(_ finding: StartDecision.Finding) -> Counter {
        let reason =
            switch finding {
            case .noCommittedOffset: "no_committed_offset"
            case .noHighWaterMark: "no_position"
            case .topicMadeAnew: "topic_made_anew"
            case .retentionPassed: "retention_passed"
            }
        return registry.counter(
            "outbox_consumer_start_findings_total", help: "Partitions that could not simply be read on.",
            labels: [("consumer", consumer), ("reason", reason)])
    }

    func lagRecords(topic: String) -> Gauge {
        registry.gauge(
            "outbox_consumer_lag_records", help: "Records of this instance's partitions that are not done.",
            labels: [("consumer", consumer), ("topic", topic)])
    }

    func laneDepth(_ lane: Int) -> Gauge {
        registry.gauge(
            "outbox_consumer_lane_depth", help: "Records that wait in a lane.",
            labels: [("consumer", consumer), ("lane", String(lane))])
    }

    func paused(_ reason: String) -> Gauge {
        registry.gauge(
            "outbox_consumer_paused", help: "1 while partitions are paused for this reason.",
            labels: [("consumer", consumer), ("reason", reason)])
    }

    func breaker(_ dependency: String, _ state: CircuitBreaker.State) -> Gauge {
        registry.gauge(
            "outbox_consumer_breaker_state", help: "1 for the state that the breaker of a dependency is in, 0 for the others.",
            labels: [("consumer", consumer), ("dependency", dependency), ("state", state.rawValue)])
    }
}
