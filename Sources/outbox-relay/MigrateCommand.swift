import CommandLineKit
import Glibc
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
                OptionSpec("migrations", value: "DIR", help: "The folder with the SQL files."),
                OptionSpec("only", value: "NAME", help: "One migration by its name: events or checkpoints."),
            ],
            subcommands: [up, down, status, notify])
    }

    private static let to = OptionSpec("to", value: "N", help: "Stop at this migration.")

    private static var up: Command {
        Command(
            "up", summary: "Applies what is pending.",
            discussion: "An applied migration whose file was changed since is refused by name. " + CommandOutput.changeDocument,
            examples: ["outbox-relay migrate up", "outbox-relay migrate up --only checkpoints --dry-run"],
            options: [to, CommandOutput.dryRun],
            run: { arguments in
                let version = try arguments.integer("to", in: 1...99_999)
                let change = try migrator(arguments).up(to: version, applied: progress(arguments))
                return try CommandOutput.carryOut(change, arguments)
            })
    }

    private static var down: Command {
        Command(
            "down", summary: "Takes back the latest migration, or all after --to.",
            discussion: "The tables go with everything in them. " + CommandOutput.changeDocument,
            examples: ["outbox-relay migrate down --dry-run", "outbox-relay migrate down --to 0 --yes"],
            options: [
                OptionSpec("to", value: "N", help: "Take back everything after this migration; 0 for all."), CommandOutput.dryRun,
                CommandOutput.yes,
            ],
            run: { arguments in
                let version = try arguments.integer("to", in: 0...99_999)
                let change = try migrator(arguments).down(to: version, reverted: progress(arguments))
                return try CommandOutput.carryOut(change, arguments)
            })
    }

    private static var status: Command {
        Command(
            "status", summary: "Shows what is applied, pending or changed.",
            discussion: """
                Exit code 3 when something is pending or changed.
                With --json: schema, up_to_date, and migrations, each with version, name, state (applied, pending, changed, unknown) \
                and applied_at.
                """,
            examples: ["outbox-relay migrate status --json"],
            run: { arguments in CommandOutput.print(try migrator(arguments).status(), arguments) })
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

    private static func progress(_ arguments: ParsedArguments) -> (String) -> Void {
        let json = arguments.flag("json")
        return { line in if !json { Terminal.print(line + "\n") } }
    }
}
