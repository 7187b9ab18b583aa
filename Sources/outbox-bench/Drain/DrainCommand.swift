import CommandLineKit

/// `outbox-bench drain`.
enum DrainCommand {
    static var command: Command {
        Command(
            "drain", summary: "How fast the relay gets through a backlog, against what the server can send at most.",
            discussion: """
                Fills the outbox, then lets two readers stream identical copies of one slot, in turns: a plain socket that counts the \
                inserts and throws them away, which is the server's own limit, and the relay, which publishes them. The steady rate is \
                that of the middle 80 % of the events. CPU is what the relay's process used from its start to its last event, per \
                million events. After each round every event is read back from Kafka. With --after-publish mark or delete an event is \
                through when its row is marked or deleted; the backlog is then written anew for each round. With --mode polling the \
                relay claims the rows from the table, and there is no server's limit to compare with.
                """,
            examples: [
                "outbox-bench drain",
                "outbox-bench drain --events 300000 --rounds 1 --set kafka.linger.ms=5",
                "outbox-bench drain --after-publish mark --postgres-version 17",
                "outbox-bench drain --mode polling --events 300000",
            ],
            options: [
                OptionSpec("events", value: "N", help: "Events in the backlog.", default: "1000000"), BenchOptions.rowBytes,
                OptionSpec("per-transaction", value: "N", help: "Events in a transaction.", default: "5"),
                BenchOptions.afterPublish,
                OptionSpec(
                    "mode", value: "MODE", help: "How the relay reads; polling marks the rows.", choices: ["cdc", "polling"],
                    default: "cdc"),
                OptionSpec("rounds", value: "N", help: "How often both are measured.", default: "3"),
                .flag("no-verify", help: "Do not read the events back."),
                OptionSpec(
                    "command-during-relay", value: "SHELL", help: "Run while the relay drains, with its process id in RELAY_PID."),
            ],
            run: run)
    }

    private static func run(_ arguments: ParsedArguments) throws -> ExitCode {
        let plan = try DrainPlan(arguments)
        return try DrainReport.run(plan.bench) { stop, progress in
            let benchmark = try DrainBenchmark(plan, stop: stop, progress: progress)
            defer { benchmark.destroy() }
            return try benchmark.run()
        }
    }
}

/// What `drain` was asked for.
struct DrainPlan {
    let bench: BenchOptions
    let events: Int
    let perTransaction: Int
    let rounds: Int
    let afterPublish: AfterPublish
    let isPolling: Bool
    let verifies: Bool
    /// A profiler, for instance.
    let companion: String?

    init(_ arguments: ParsedArguments) throws {
        bench = try BenchOptions(arguments)
        events = try arguments.integer("events", in: 1_000...1_000_000_000) ?? 1_000_000
        perTransaction = try arguments.integer("per-transaction", in: 1...10_000_000) ?? 5
        rounds = try arguments.integer("rounds", in: 1...100) ?? 3
        isPolling = arguments.option("mode") == "polling"
        let after = BenchOptions.afterPublish(arguments)
        // Polling cannot leave a row as it is.
        afterPublish = isPolling && after == .keep ? .mark : after
        verifies = !arguments.flag("no-verify")
        companion = arguments.option("command-during-relay")
    }
}
