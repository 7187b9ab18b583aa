import CommandLineKit
import Drills
import LocalServers

/// `outbox-bench drill`.
enum DrillCommand {
    static var command: Command {
        let names = DrillPlan.all.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n")
        return Command(
            "drill", summary: "Break something on purpose under load, and count what arrived.",
            discussion: """
                Starts a temporary PostgreSQL, a broker (KAFKA_HOME) and the programs beside this one (outbox-relay, and for the drill \
                of the consumers outbox-consumer and a redis-server from PATH), writes events, plays the fault and compares what was \
                committed with what Kafka holds. Without a name all are played; each has settings of its own, so --relay, --set and \
                --settle are refused. Exit code 3 when a promise was broken.

                \(names)
                """,
            examples: ["outbox-bench drill", "outbox-bench drill budget --postgres-version 17"],
            options: [OptionSpec("seed", value: "N", help: "Repeats a workload.")],
            arguments: [ArgumentSpec("NAME", help: "Which drill; all when none is named.", count: .optional)],
            run: run)
    }

    private static func run(_ arguments: ParsedArguments) throws -> ExitCode {
        let plans = try plans(arguments)
        for option in ["relay", "set", "settle"] where !arguments.values(option).isEmpty {
            throw UsageError("--\(option) has no meaning for drills", path: arguments.path)
        }
        return try BenchOptions.withCleanUp { try play(plans, arguments) }
    }

    private static func play(_ plans: [DrillPlan], _ arguments: ParsedArguments) throws -> ExitCode {
        guard let home = OwnExecutable.environment("KAFKA_HOME") else {
            throw BenchError("drills need a real broker: set KAFKA_HOME to an unpacked Apache Kafka 4.x")
        }
        let version = try arguments.integer("postgres-version", in: 14...99)
        let installation = try BenchServers.installation(version)
        let seed = try arguments.integer("seed", in: 1...Int.max).map { UInt64($0) } ?? UInt64.random(in: 1...999_999_999)
        let progress = Progress()
        defer { progress.finish() }
        progress.update("starting Kafka")
        let kafka = try TemporaryKafka(home: home)
        defer { kafka.destroy() }
        let ground = DrillGround(installation: installation, kafka: kafka, seed: seed)
        var outcomes: [DrillOutcome] = []
        var failures: [String] = []
        for plan in plans {
            progress.update("drill \(plan.name): \(plan.summary)")
            do {
                let outcome = try plan.play(ground)
                outcomes.append(outcome)
                failures += outcome.problems.map { "\(plan.name): \($0)" }
            } catch {
                failures.append("\(plan.name): \(error)")
            }
        }
        progress.finish()
        Terminal.print(arguments.flag("json") ? json(outcomes, failures, seed) : text(outcomes, failures, installation, seed))
        return failures.isEmpty ? .done : .checkedAndWrong
    }

    private static func plans(_ arguments: ParsedArguments) throws -> [DrillPlan] {
        guard let name = arguments.argument("NAME") else { return DrillPlan.all }
        guard let plan = DrillPlan.all.first(where: { $0.name == name }) else {
            let names = DrillPlan.all.map(\.name).joined(separator: ", ")
            throw UsageError("there is no drill \(name); there are \(names)", path: arguments.path)
        }
        return [plan]
    }

    private static func text(
        _ outcomes: [DrillOutcome], _ failures: [String], _ installation: PostgresInstallation, _ seed: UInt64
    ) -> String {
        var table = Table(DrillOutcome.headings)
        for outcome in outcomes { table.append(outcome.cells) }
        let verdict = failures.isEmpty ? "every promise held" : failures.joined(separator: "\n")
        return "PostgreSQL \(installation.majorVersion), seed \(seed)\n\n\(table.render())\n\(verdict)\n"
    }

    private static func json(_ outcomes: [DrillOutcome], _ failures: [String], _ seed: UInt64) -> String {
        let rows: [JSONValue] = outcomes.map { outcome in
            [
                "drill": JSONValue(outcome.name), "written": JSONValue(outcome.audit.written),
                "delivered": JSONValue(outcome.audit.delivered), "duplicates": JSONValue(outcome.audit.duplicates),
                "duplicates_explained": JSONValue(outcome.duplicateLimit),
                "order_violations": JSONValue(outcome.audit.orderViolations.count),
                "longest_gap_seconds": JSONValue(outcome.longestGap), "wal_peak_bytes": JSONValue(outcome.walPeakBytes),
                "note": JSONValue(outcome.note),
            ]
        }
        let document: JSONValue = [
            "seed": JSONValue(Int64(clamping: seed)), "drills": .array(rows),
            "problems": .array(failures.map { JSONValue($0) }),
        ]
        return document.render(pretty: true) + "\n"
    }
}
