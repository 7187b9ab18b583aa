import CommandLineKit
import RelayOperations

/// `outbox-relay publication`.
enum PublicationCommand {
    static var command: Command {
        Command(
            "publication", summary: "Looks at and changes the publication.",
            discussion: "The publication is publication.name of the settings; it publishes the inserts of `table`.",
            examples: ["outbox-relay publication show"], subcommands: [show, create, drop])
    }

    private static var show: Command {
        Command(
            "show", summary: "Shows what the publication publishes, and what is wrong with it.",
            discussion: """
                Exit code 3 when it does not exist or hides events.
                With --json: publication, exists, table, contains_table, publishes, all_tables, via_root, row_filter, columns, findings.
                """,
            examples: ["outbox-relay publication show --json"],
            run: { arguments in CommandOutput.print(try PublicationOperations.show(CommandOutput.session(arguments)), arguments) }
        )
    }

    private static var create: Command {
        Command(
            "create", summary: "Creates the publication, as the owner of the table; before the slot.",
            discussion: CommandOutput.changeDocument, examples: ["outbox-relay publication create --dry-run"],
            options: [CommandOutput.dryRun],
            run: { arguments in
                try CommandOutput.carryOut(PublicationOperations.create(CommandOutput.session(arguments)), arguments)
            })
    }

    private static var drop: Command {
        Command(
            "drop", summary: "Drops the publication; the slot cannot be streamed then.",
            discussion: CommandOutput.changeDocument, examples: ["outbox-relay publication drop --yes"],
            options: [CommandOutput.dryRun, CommandOutput.yes],
            run: { arguments in
                try CommandOutput.carryOut(PublicationOperations.drop(CommandOutput.session(arguments)), arguments)
            })
    }
}
