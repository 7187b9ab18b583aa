import CommandLineKit

/// The result of `consume`, for people and for programs.
struct ConsumeReport: BenchReport {
    let plan: ConsumePlan
    let facts: MachineFacts
    let rounds: [ConsumeRound]
    let freshness: HistogramQuantile?

    var isClean: Bool { rounds.allSatisfy(\.isClean) && (freshness.map { $0.count > 0 } ?? true) }

    var text: String {
        var text = facts.lines
        if let freshness {
            text += """
                \(plan.subject.rawValue) at \(Figures.grouped(plan.rate)) events/s through Postgres, the relay and Kafka: \
                \(Figures.grouped(freshness.count)) events
                from the event to its committed effect, upper bounds: p50 \(milliseconds(freshness, 0.5)), \
                p90 \(milliseconds(freshness, 0.9)), p99 \(milliseconds(freshness, 0.99)), p99.9 \(milliseconds(freshness, 0.999))

                """
            return text
        }
        text += "\(plan.subject.rawValue): \(Figures.grouped(plan.events)) events, \(BenchServers.partitions) partitions\n\n"
        var table = Table([
            ("round", .right), ("busy before", .right), ("one by one ev/s", .right), ("consumer ev/s", .right), ("ratio", .right),
            ("CPU s/M", .right), ("peak MiB", .right), ("effects", .right),
        ])
        for (index, round) in rounds.enumerated() {
            table.append([
                String(index + 1), Figures.decimal(round.busyBefore * 100, 0) + " %", Figures.rate(round.plain),
                Figures.rate(round.curve.steady), Figures.decimal(round.ratio, 1), Figures.decimal(round.cpuPerMillion, 2),
                Figures.mebibytes(round.usage.peakResident), Figures.grouped(round.effects),
            ])
        }
        text += table.render()
        if !isClean { text += "\nFAILED: the effects are not those of each event once\n" }
        return text
    }

    private func milliseconds(_ quantile: HistogramQuantile, _ share: Double) -> String {
        quantile.upperBound(share).map { "\(Figures.decimal($0 * 1_000, 1)) ms" } ?? "beyond the histogram"
    }

    var json: JSONValue {
        let quantiles = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)].map { name, share in
            JSONValue.Member(name, freshness?.upperBound(share).map { .double($0) } ?? .null)
        }
        return [
            "benchmark": "consume", "consumer": .string(plan.subject.rawValue), "facts": facts.json,
            "events": .int(Int64(plan.events)), "rounds": .array(rounds.map(\.json)),
            "freshness_seconds": freshness == nil ? .null : .object(quantiles), "clean": .bool(isClean),
        ]
    }
}
