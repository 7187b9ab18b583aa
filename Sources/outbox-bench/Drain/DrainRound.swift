import CommandLineKit

/// What one round of `drain` measured.
struct DrainRound {
    /// What the server can send; nil when the relay does not stream.
    let limit: RateCurve?
    /// Mean bytes of a row in the stream.
    let rowBytes: Double
    let relay: RelayDrain
    /// nil when it was not asked for or the broker forgets.
    let audit: DeliveryAudit?
    /// How busy the processors were with something else just before, 0 to 1: a round that began busy tells little.
    let busyBefore: Double

    /// The relay's steady rate as a part of the server's.
    var ratio: Double? { limit.map { relay.through.steady / $0.steady } }
    var isClean: Bool { (audit?.isClean ?? true) && relay.rowsLeft == 0 }

    var json: JSONValue {
        [
            "limit_events_per_second": limit.map { .double($0.steady) } ?? .null,
            "limit_whole_events_per_second": limit.map { .double($0.whole) } ?? .null,
            "relay_events_per_second": .double(relay.through.steady),
            "relay_whole_events_per_second": .double(relay.through.whole), "ratio": ratio.map { .double($0) } ?? .null,
            "cpu_seconds_per_million": .double(relay.cpuPerMillion), "cpu_user_per_million": .double(relay.userPerMillion),
            "cpu_system_per_million": .double(relay.systemPerMillion), "peak_rss_bytes": .int(Int64(relay.peakResident)),
            "row_bytes": .double(rowBytes), "rows_left": .int(Int64(relay.rowsLeft)),
            "busy_before": .double(busyBefore), "verification": audit.map(\.json) ?? .null,
        ]
    }
}

/// The relay's part of a round.
struct RelayDrain {
    /// Events through: acknowledged by Kafka, and their rows marked or deleted where that was asked for.
    let through: RateCurve
    let events: Int
    let usage: ProcessUsage
    /// Rows that should have been marked or deleted and were not.
    let rowsLeft: Int

    var userPerMillion: Double { usage.userSeconds / Double(events) * 1_000_000 }
    var systemPerMillion: Double { usage.systemSeconds / Double(events) * 1_000_000 }
    var cpuPerMillion: Double { userPerMillion + systemPerMillion }
    var peakResident: Int { usage.peakResident }
}
