import CommandLineKit

/// The result of `latency`, for people and for programs.
struct LatencyReport: BenchReport {
    let plan: LatencyPlan
    let facts: MachineFacts
    /// Due moment to arrival at the consumer.
    let latency: Percentiles
    /// Due moment to the end of the commit, as the writer sees it.
    let toCommit: Percentiles
    /// INSERT sent to the end of the commit.
    let commits: Percentiles
    let missing: Int
    let duplicates: Int
    /// The relay's CPU as a share of one core.
    let relayCPU: Double
    let peakResident: Int
    /// How busy the processors were with something else just before, 0 to 1.
    let busyBefore: Double

    var isClean: Bool { missing == 0 }

    var text: String {
        var text = facts.lines
        text += """
            \(Figures.grouped(plan.rate)) events/s for \(plan.seconds) s, \(plan.writers) writers, \
            synchronous_commit=\(plan.synchronousCommit), after.publish=\(plan.afterPublish.rawValue), times in ms


            """
        var table = Table([("", .left)] + Percentiles.headings.map { ($0, .right) })
        table.append(["due to consumer"] + latency.cells)
        table.append(["due to committed"] + toCommit.cells)
        table.append(["INSERT and commit"] + commits.cells)
        text += table.render()
        text += """

            events \(Figures.grouped(plan.events)), missing \(Figures.grouped(missing)), duplicates \(Figures.grouped(duplicates)); \
            relay: \(Figures.decimal(relayCPU * 100, 1)) % of a core, peak \(Figures.mebibytes(peakResident)) MiB; \
            processors \(Figures.decimal(busyBefore * 100, 0)) % busy before

            """
        if !isClean { text += "FAILED: \(Figures.grouped(missing)) events did not arrive\n" }
        return text
    }

    var json: JSONValue {
        [
            "benchmark": "latency", "facts": facts.json, "rate": .int(Int64(plan.rate)), "seconds": .int(Int64(plan.seconds)),
            "writers": .int(Int64(plan.writers)), "synchronous_commit": .string(plan.synchronousCommit),
            "after_publish": .string(plan.afterPublish.rawValue), "latency_ms": latency.json, "due_to_commit_ms": toCommit.json,
            "commit_ms": commits.json, "events": .int(Int64(plan.events)), "missing": .int(Int64(missing)),
            "duplicates": .int(Int64(duplicates)), "relay_cpu_cores": .double(relayCPU),
            "peak_rss_bytes": .int(Int64(peakResident)), "busy_before": .double(busyBefore), "clean": .bool(isClean),
        ]
    }
}
