public import Telemetry

/// The relay's metrics, by the names of design section 8. Thread-safe.
public final class RelayMetrics: Sendable {
    public let registry: MetricRegistry
    /// Commit (server's clock) to broker acknowledgement (ours), seconds.
    public let delivery: Histogram
    public let confirmedLag: Gauge
    public let retainedWAL: Gauge
    public let safeWAL: Gauge
    /// Retained WAL as a share of the nearer of the budget and the server's limit; -1 without either.
    public let walShare: Gauge
    /// At the present rate; -1 when it does not grow.
    public let walSecondsToFull: Gauge
    public let inFlightEvents: Gauge
    public let tablePending: Gauge
    public let bookkeepingRows: Counter
    public let feedback: Counter
    public let throttles: Counter
    public let brokerErrors: Counter
    public let invalidatedDeliveries: Counter
    public let retentionRows: Counter
    private let modes: [(name: String, gauge: Gauge)]

    public init(_ registry: MetricRegistry) {
        self.registry = registry
        delivery = registry.histogram(
            "outbox_relay_delivery_seconds", help: "Time from commit to broker acknowledgement.",
            buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300])
        confirmedLag = registry.gauge(
            "outbox_relay_confirmed_lsn_lag_bytes", help: "WAL between the confirmed position and the end of WAL.")
        retainedWAL = registry.gauge("outbox_relay_retained_wal_bytes", help: "WAL the server keeps for the slot.")
        safeWAL = registry.gauge(
            "outbox_relay_safe_wal_bytes", help: "WAL that may still be written before the slot is in danger; -1 is unlimited.")
        walShare = registry.gauge(
            "outbox_relay_wal_limit_ratio", help: "Retained WAL as a share of the budget or the server's limit; -1 without one.")
        walSecondsToFull = registry.gauge(
            "outbox_relay_wal_seconds_to_limit", help: "Time until retained WAL reaches its limit at the present rate; -1 never.")
        inFlightEvents = registry.gauge(
            "outbox_relay_in_flight_events", help: "Events handed to Kafka whose delivery and bookkeeping are not finished.")
        tablePending = registry.gauge(
            "outbox_table_pending", help: "Rows of the outbox table that are not published; -1 is unknown.")
        bookkeepingRows = registry.counter(
            "outbox_relay_bookkeeping_rows_total", help: "Rows marked or deleted after publication.")
        feedback = registry.counter("outbox_relay_status_updates_total", help: "Status updates sent to the server.")
        throttles = registry.counter(
            "outbox_relay_throttled_total", help: "Times that reading the stream was paused because Kafka was behind.")
        brokerErrors = registry.counter("outbox_relay_kafka_errors_total", help: "Errors that the Kafka client reported.")
        invalidatedDeliveries = registry.counter(
            "outbox_relay_replayed_deliveries_total",
            help: "Deliveries called back to be published again; those that had arrived already are duplicates.")
        retentionRows = registry.counter(
            "outbox_retention_rows_total", help: "Published rows removed because they were old.")
        modes = ["cdc", "polling", "snapshot", "standby", "down"].map { mode in
            (
                mode,
                registry.gauge(
                    "outbox_relay_mode", help: "1 for what the relay is doing now, 0 for the others.", labels: [("mode", mode)])
            )
        }
        tablePending.set(-1)
        safeWAL.set(-1)
        walShare.set(-1)
        walSecondsToFull.set(-1)
    }

    /// Events acknowledged for a topic.
    public func events(topic: String) -> Counter {
        registry.counter("outbox_relay_events_total", help: "Events acknowledged by Kafka.", labels: [("topic", topic)])
    }

    public func deadLetters(reason: String) -> Counter {
        registry.counter(
            "outbox_relay_dead_letters_total", help: "Events sent to the dead-letter topic.", labels: [("reason", reason)])
    }

    /// Gaps of the slot that were published from the table.
    public func repairs(reason: String) -> Counter {
        registry.counter(
            "outbox_relay_slot_repairs_total", help: "Times a slot was made anew and the gap published from the table.",
            labels: [("reason", reason)])
    }

    public func modeChanges(to mode: String, reason: String) -> Counter {
        registry.counter(
            "outbox_relay_mode_changes_total", help: "Times the way of publishing changed.",
            labels: [("to", mode), ("reason", reason)])
    }

    public func restarts(reason: String) -> Counter {
        registry.counter("outbox_relay_restarts_total", help: "Times the stream was begun again.", labels: [("reason", reason)])
    }

    public func phase(_ phase: RelayPhase) {
        let name =
            switch phase {
            case .streaming, .draining: "cdc"
            case .polling: "polling"
            case .snapshot: "snapshot"
            case .standby: "standby"
            case .starting, .connecting, .stopped: "down"
            }
        for mode in modes { mode.gauge.set(mode.name == name ? 1 : 0) }
    }
}
