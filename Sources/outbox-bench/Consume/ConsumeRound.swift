import CommandLineKit

/// What one round of `consume` measured.
struct ConsumeRound {
    /// Events a second, one transaction each.
    let plain: Double
    let curve: RateCurve
    let usage: ProcessUsage
    let events: Int
    /// What the database holds afterwards; as many as there were events when each took effect once.
    let effects: Int
    let busyBefore: Double

    var ratio: Double { curve.steady / plain }
    var cpuPerMillion: Double { usage.cpuSeconds * 1_000_000 / Double(events) }
    var isClean: Bool { effects == events }

    var json: JSONValue {
        [
            "plain_events_per_second": .double(plain), "events_per_second": .double(curve.steady), "ratio": .double(ratio),
            "cpu_seconds_per_million": .double(cpuPerMillion), "peak_rss_bytes": .int(Int64(usage.peakResident)),
            "effects": .int(Int64(effects)), "busy_before": .double(busyBefore),
        ]
    }
}
