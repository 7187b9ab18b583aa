import CommandLineKit
import RelayOperations

/// `outbox-relay migrate`.
enum MigrateCommand {
    static var command: Command {
        Command(
            "migrate", summary: "Makes, updates and removes the outbox tables.",
            discussion: """
                Applies the numbered SQL files to the schema of `table`, each in one transaction under a lock, and records it with a \
                checksum in outbox_migrations. A table of your own stays as it is: --only checkpoints applies what the relay itself \
                needs, and nothing else.
                The files are looked for in --migrations, else in the folder of the variable OUTBOX_MIGRATIONS, else in \
                ../share/outbox-relay/migrations beside the program's folder, in sql/migrations of the checkout that it was built \
                in, and in ./sql/migrations.
                """,
            examples: ["outbox-relay migrate status", "outbox-relay migrate up --config relay.properties"],
            options: [
                MigrateCommands.folder,
                OptionSpec("only", value: "NAME", help: "One migration by its name: events or checkpoints."),
            ],
            subcommands: MigrateCommands.subcommands(
                program: "outbox-relay", upExample: "--only checkpoints --dry-run", migrator: migrator) + [notify])
    }

    private static var notify: Command {
        Command(
            "notify", summary: "Makes or removes the trigger that wakes polling publishers.",
            discussion: """
                With it an event is on its way within milliseconds in mode=polling, instead of after up to polling.interval.ms; \
                mode=cdc does not need it. The price: transactions that write events commit one after the other, because Postgres \
                lets one notification at a time into its queue. It is put on `table`, also on one of your own.
                \(CommandOutput.changeDocument)
                """,
            examples: ["outbox-relay migrate notify", "outbox-relay migrate notify --drop --dry-run"],
            options: [.flag("drop", help: "Remove it."), CommandOutput.dryRun],
            run: { arguments in
                let change = try NotifyTriggerChange.plan(CommandOutput.session(arguments), drops: arguments.flag("drop"))
                return try CommandOutput.carryOut(change, arguments)
            })
    }

    private static func migrator(_ arguments: ParsedArguments) throws -> Migrator {
        let session = try CommandOutput.session(arguments)
        let named = arguments.option("migrations") ?? ProcessEnvironment.all["OUTBOX_MIGRATIONS"]
        let folders = MigrationFiles.folders(named: named, binaryFolder: MigrationFiles.binaryFolder)
        return Migrator(session, migrations: try MigrationFiles.load(folders), only: arguments.option("only"))
    }
}
