import CommandLineKit
import RelayOperations

/// The command tree of `outbox-consumer`.
enum RootCommand {
    static var command: Command {
        Command(
            "outbox-consumer", summary: "Applies the outbox's events, each exactly once.",
            discussion: """
                Reads the topics that outbox-relay writes and turns events into effects in Postgres (and Redis, and an HTTP API): the \
                effects, the record that the event was applied, and the position commit together, so whatever the topics repeat has no \
                second effect. Settings come from a .properties file (--config), from the environment (OUTBOX_ and the key in \
                capitals), and from --set key=value, the later winning.
                """,
            examples: [
                "outbox-consumer list",
                "outbox-consumer migrate up --config consumer.properties",
                "outbox-consumer run --config consumer.properties",
                "outbox-consumer lag --config consumer.properties",
                "outbox-consumer dlq list --consumer stock --config consumer.properties",
            ],
            options: CommonOptions.all,
            subcommands: [
                RunCommand.command, ListCommand.command, LagCommand.command, DeadLetterCommand.command, ReplayCommand.command,
                RebuildCommand.command, MigrateCommand.command,
            ])
    }
}
