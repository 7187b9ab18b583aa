import CommandLineKit

/// The result of `drain`, for people and for programs.
struct DrainReport: BenchReport {
    let plan: DrainPlan
    let facts: MachineFacts
    let rounds: [DrainRound]
    /// Why nothing was read back, when nothing was.
    let unverified: String?

    var isClean: Bool { rounds.allSatisfy(\.isClean) }

    private var ratio: Spread { Spread(rounds.compactMap(\.ratio)) }

    var text: String {
        var text = facts.lines
        text += """
            \(Figures.grouped(plan.events)) events, \(Figures.decimal(rounds.first?.rowBytes ?? 0, 0)) B a row, \
            \(plan.perTransaction) a transaction, mode=\(plan.isPolling ? "polling" : "cdc"), after.publish=\(plan.afterPublish.rawValue)


            """
        var table = Table([
            ("round", .right), ("busy before", .right), ("limit ev/s", .right), ("relay ev/s", .right), ("ratio", .right),
            ("CPU s/M", .right),
            ("user", .right), ("system", .right), ("peak MiB", .right), ("missing", .right), ("duplicates", .right),
            ("order", .left),
        ])
        for (index, round) in rounds.enumerated() {
            let audit = round.audit
            table.append([
                String(index + 1), Figures.decimal(round.busyBefore * 100, 0) + " %",
                round.limit.map { Figures.rate($0.steady) } ?? "-",
                Figures.rate(round.relay.through.steady),
                round.ratio.map { Figures.decimal($0, 3) } ?? "-", Figures.decimal(round.relay.cpuPerMillion, 2),
                Figures.decimal(round.relay.userPerMillion, 2), Figures.decimal(round.relay.systemPerMillion, 2),
                Figures.mebibytes(round.relay.peakResident), audit.map { Figures.grouped($0.missing) } ?? "-",
                audit.map { Figures.grouped($0.duplicates) } ?? "-",
                audit.map { $0.orderViolations == 0 ? "kept" : "\($0.orderViolations) violations" } ?? "-",
            ])
        }
        text += table.render()
        text += "\n"
        if !plan.isPolling {
            text += """
                ratio to the server's limit: median \(Figures.decimal(ratio.median, 3)) \
                (\(Figures.decimal(ratio.lowest, 3)) to \(Figures.decimal(ratio.highest, 3)))

                """
        }
        if plan.afterPublish != .keep {
            let rate = Spread(rounds.map(\.relay.through.whole)).median
            text += "sustained with its bookkeeping: \(Figures.rate(rate)) events/s, first to last row\n"
        }
        if let unverified { text += "not verified: \(unverified)\n" }
        if !isClean { text += "FAILED: \(failures)\n" }
        return text
    }

    private var failures: String {
        let audits = rounds.compactMap(\.audit)
        return """
            \(audits.reduce(0) { $0 + $1.missing }) events missing, \(audits.reduce(0) { $0 + $1.orderViolations }) out of order, \
            \(audits.reduce(0) { $0 + $1.foreign }) foreign records, \(rounds.reduce(0) { $0 + $1.relay.rowsLeft }) rows left
            """
    }

    var json: JSONValue {
        [
            "benchmark": "drain", "mode": .string(plan.isPolling ? "polling" : "cdc"), "facts": facts.json,
            "events": .int(Int64(plan.events)),
            "per_transaction": .int(Int64(plan.perTransaction)), "after_publish": .string(plan.afterPublish.rawValue),
            "rounds": .array(rounds.map(\.json)), "ratio": plan.isPolling ? .null : ratio.json,
            "relay_events_per_second": Spread(rounds.map(\.relay.through.steady)).json,
            "relay_whole_events_per_second": Spread(rounds.map(\.relay.through.whole)).json,
            "cpu_seconds_per_million": Spread(rounds.map(\.relay.cpuPerMillion)).json,
            "peak_rss_bytes": .int(Int64(rounds.map(\.relay.peakResident).max() ?? 0)),
            "unverified": JSONValue(unverified), "clean": .bool(isClean),
        ]
    }
}
