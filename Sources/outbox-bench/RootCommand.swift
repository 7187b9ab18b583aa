import CommandLineKit

/// The command tree of `outbox-bench`.
enum RootCommand {
    static var command: Command {
        Command(
            "outbox-bench", summary: "Measures the outbox relay on throw-away servers.",
            discussion: """
                Starts a temporary Postgres (PG_BIN, or the one installed) and a Kafka broker (KAFKA_HOME, else librdkafka's mock \
                broker), measures, checks that what was written arrived, and removes everything. Speed is reported, never judged: \
                the exit code is 1 when an event is missing, and 0 however slow it was. Drills judge: 3 when a promise was broken.
                """,
            examples: ["outbox-bench drain", "outbox-bench latency --rate 1000 --seconds 20"],
            options: BenchOptions.common,
            subcommands: [
                DrainCommand.command, LatencyCommand.command, ConsumeCommand.command, FanoutCommand.command, DrillCommand.command,
            ])
    }
}
