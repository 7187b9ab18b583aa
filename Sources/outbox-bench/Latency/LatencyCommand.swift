import CommandLineKit

/// `outbox-bench latency`.
enum LatencyCommand {
    static var command: Command {
        Command(
            "latency", summary: "How long an event takes to a consumer, at a fixed rate.",
            discussion: """
                Every event has a moment at which it is due, rate times a second, whatever became of the ones before. Writers insert it \
                in a transaction of its own; a consumer in this process takes the time at its arrival. The latency counts from the due \
                moment, so a late writer, a slow commit and a stalled relay all count. The warm-up is left out: a broker that has just \
                started compiles its own code for half a minute, which takes processors from everybody here. The \
                server's share is shown beside it: from the due moment to the end of the commit.
                """,
            examples: ["outbox-bench latency", "outbox-bench latency --rate 5000 --seconds 60 --synchronous-commit off"],
            options: [
                OptionSpec("rate", value: "N", help: "Events a second.", default: "1000"),
                OptionSpec("seconds", value: "N", help: "How long is measured, after the warm-up.", default: "20"),
                OptionSpec("warm-up", value: "SECONDS", help: "Load before anything is measured.", default: "30"),
                OptionSpec("writers", value: "N", help: "Sessions that write.", default: "16"),
                BenchOptions.rowBytes, BenchOptions.afterPublish,
                OptionSpec(
                    "synchronous-commit", value: "ON|OFF", help: "Whether a commit waits for the disk.", choices: ["on", "off"],
                    default: "on"),
            ],
            run: run)
    }

    private static func run(_ arguments: ParsedArguments) throws -> ExitCode {
        let plan = try LatencyPlan(arguments)
        return try LatencyReport.run(plan.bench) { stop, progress in
            let benchmark = try LatencyBenchmark(plan, stop: stop, progress: progress)
            defer { benchmark.destroy() }
            return try benchmark.run()
        }
    }
}

/// What `latency` was asked for.
struct LatencyPlan {
    let bench: BenchOptions
    let rate: Int
    let seconds: Int
    let warmUpSeconds: Int
    let writers: Int
    let afterPublish: AfterPublish
    let synchronousCommit: String

    init(_ arguments: ParsedArguments) throws {
        bench = try BenchOptions(arguments)
        rate = try arguments.integer("rate", in: 1...1_000_000) ?? 1_000
        seconds = try arguments.integer("seconds", in: 1...86_400) ?? 20
        warmUpSeconds = try arguments.integer("warm-up", in: 1...3_600) ?? 30
        writers = try arguments.integer("writers", in: 1...90) ?? 16
        afterPublish = BenchOptions.afterPublish(arguments)
        synchronousCommit = arguments.option("synchronous-commit") ?? "on"
    }

    /// Events before the measurement.
    var warmUp: Int { rate * warmUpSeconds }
    /// All events.
    var events: Int { warmUp + rate * seconds }
}
