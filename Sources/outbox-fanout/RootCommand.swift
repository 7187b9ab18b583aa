import CommandLineKit
import RelayOperations

/// The command tree of `outbox-fanout`.
enum RootCommand {
    static var command: Command {
        Command(
            "outbox-fanout", summary: "Brings events to browsers, each once and in order, over WebSocket and SSE.",
            discussion: """
                Reads every partition of the topic realtime.events and gives each client the events of its channels; one that comes back \
                with a cursor, to any instance, gets what it missed. Settings come from a .properties file (--config), from the \
                environment (OUTBOX_ and the key in capitals), and from --set key=value, the later winning.
                """,
            examples: [
                "outbox-fanout run --set auth=off --set kafka.bootstrap.servers=localhost:9092",
                "outbox-fanout run --config fanout.properties",
                "outbox-fanout token --user 7 --config fanout.properties",
            ],
            options: CommonOptions.all, subcommands: [RunCommand.command, TokenCommand.command])
    }
}
