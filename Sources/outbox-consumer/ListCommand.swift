import CommandLineKit
import Configuration
import ConsumerOperations
import RelayOperations

/// `outbox-consumer list`.
enum ListCommand {
    static var command: Command {
        Command(
            "list", summary: "Shows the consumers, their groups and topics.",
            discussion: """
                With --json: consumers, each with name, group, topics, event_types, summary, runs (as `consumers` says), reason (why it \
                cannot run), parking, repeatable, inbox, rebuild_tables and dependencies.
                """,
            examples: ["outbox-consumer list", "outbox-consumer list --json"],
            run: { arguments in
                let settings = try CommonOptions.settings(arguments)
                let catalog = try ConsumerCatalog(settings)
                // A name that nobody has is told here as by `run`.
                _ = try catalog.choose(settings.consumers)
                return CommandOutput.print(ConsumerListing.report(catalog, settings), arguments)
            })
    }
}
