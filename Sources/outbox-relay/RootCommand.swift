import CommandLineKit
import RelayOperations

/// The command tree of `outbox-relay`.
enum RootCommand {
    static var command: Command {
        Command(
            "outbox-relay", summary: "Moves events from a Postgres outbox table to Kafka.",
            discussion: """
                Streams the inserts of the outbox table from logical replication, publishes each to its topic, and confirms a position \
                only when everything before it has arrived. Settings come from a .properties file (--config), from the environment \
                (OUTBOX_ and the key in capitals), and from --set key=value, the later winning.
                """,
            examples: [
                "outbox-relay demo",
                "outbox-relay doctor --config relay.properties",
                "outbox-relay run --config relay.properties",
            ],
            options: CommonOptions.all,
            subcommands: [
                DemoCommand.command, RunCommand.command, DoctorCommand.command, StatusCommand.command, LagCommand.command,
                MigrateCommand.command, SlotCommand.command, PublicationCommand.command, CheckpointCommand.command,
                TopicsCommand.command, CleanupCommand.command,
                VerifyCommand.command, WhereCommand.command, ReplayCommand.command, DeadLetterCommand.command,
            ])
    }
}
