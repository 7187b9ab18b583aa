import ByteCoding
import CommandLineKit
import Configuration
import RelayCore
import Telemetry

/// What `/status` answers: the truth about the relay in one JSON document, without secrets.
struct StatusDocument: Sendable {
    private let slot: String
    private let table: String
    private let stallAfter: Int64
    private let configuration: JSONValue
    private let state: RelayState
    private let metrics: RelayMetrics

    init(settings: RelaySettings, state: RelayState, metrics: RelayMetrics) {
        slot = settings.slotName
        table = settings.table.description
        stallAfter = Int64(settings.flow.stallTimeoutMilliseconds) * 1_000_000
        configuration = .object(settings.redacted().map { JSONValue.Member($0.key, JSONValue($0.value)) })
        self.state = state
        self.metrics = metrics
    }

    /// - Parameter now: monotonic ns.
    func render(now: Int64) -> String {
        let seen = state.snapshot
        let reasons = HealthPolicy.reasons(state.observation(), now: now, stallAfter: stallAfter)
        func milliseconds(since time: Int64?) -> JSONValue { time.map { JSONValue(max(0, (now - $0) / 1_000_000)) } ?? .null }
        func seconds(_ quantile: Double) -> JSONValue { metrics.delivery.quantile(quantile).map { JSONValue($0) } ?? .null }
        let document: JSONValue = [
            "mode": JSONValue(seen.shardsOwned == nil ? "cdc" : "polling"),
            "mode_reason": seen.modeReason.isEmpty ? .null : JSONValue(seen.modeReason),
            "phase": JSONValue(seen.phase.rawValue), "phase_ms": milliseconds(since: seen.phaseSince),
            "ready": JSONValue(reasons.isEmpty), "reasons": .array(reasons.map { JSONValue($0) }),
            "problem": seen.lastProblem.isEmpty ? .null : JSONValue(seen.lastProblem),
            "slot": JSONValue(slot), "table": JSONValue(table), "server": JSONValue(seen.server),
            "server_version": JSONValue(seen.serverVersion), "streams": JSONValue(seen.streams),
            "confirmed_lsn": JSONValue("\(seen.confirmed)"), "received_lsn": JSONValue("\(seen.received)"),
            "in_flight_events": JSONValue(seen.openEvents), "in_flight_bytes": JSONValue(seen.openBytes),
            "oldest_in_flight_ms": milliseconds(since: seen.oldestOpenedAt), "throttled": JSONValue(seen.isThrottled),
            "published_events": JSONValue(Int64(clamping: seen.finishedEvents)),
            "snapshot_rows": JSONValue(Int64(clamping: seen.snapshotRows)),
            "delivery_p50_seconds": seconds(0.5), "delivery_p99_seconds": seconds(0.99),
            "last_frame_ms": milliseconds(since: seen.lastFrameAt),
            "broker_answered_ms": milliseconds(since: seen.brokerAnsweredAt),
            "retained_wal_bytes": JSONValue(seen.retainedWALBytes), "safe_wal_bytes": JSONValue(seen.safeWALBytes),
            "wal_limit_ratio": seen.walShare.map { JSONValue($0) } ?? .null,
            "wal_seconds_to_limit": seen.walSecondsToFull.map { JSONValue($0) } ?? .null,
            "wal_status": JSONValue(seen.walStatus), "sync_state": JSONValue(seen.syncState),
            "pending_rows": JSONValue(seen.pendingRows), "shards_owned": JSONValue(seen.shardsOwned.map(Int64.init)),
            "shards": seen.shardsOwned == nil ? .null : JSONValue(seen.shards),
            "publishers": seen.shardsOwned == nil ? .null : JSONValue(seen.publishers),
            "caught_up_ms": milliseconds(since: seen.pollingCaughtUpAt),
            "last_round_ms": milliseconds(since: seen.pollingRoundAt),
            "configuration": configuration,
        ]
        return document.render(pretty: true) + "\n"
    }
}
