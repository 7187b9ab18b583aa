import CommandLineKit
import ConsumerOperations
import RelayOperations

/// `outbox-consumer migrate`.
enum MigrateCommand {
    static var command: Command {
        Command(
            "migrate", summary: "Makes, updates and removes the consumers' tables.",
            discussion: """
                Applies the numbered SQL files to the first schema of the session's search path, each in one transaction under a lock, \
                and records it with a checksum in outbox_consumer_migrations.
                The files are looked for in --migrations, else in the folder of the variable OUTBOX_CONSUMER_MIGRATIONS, else in \
                ../share/outbox-relay/consumers beside the program's folder, in sql/consumers of the checkout that it was built in, \
                and in ./sql/consumers.
                """,
            examples: ["outbox-consumer migrate status", "outbox-consumer migrate up --config consumer.properties"],
            options: [OptionSpec("migrations", value: "DIR", help: "The folder with the SQL files.")],
            subcommands: [up, down, status])
    }

    private static var up: Command {
        Command(
            "up", summary: "Applies what is pending.",
            discussion: "An applied migration whose file was changed since is refused by name. " + CommandOutput.changeDocument,
            examples: ["outbox-consumer migrate up", "outbox-consumer migrate up --to 3 --dry-run"],
            options: [OptionSpec("to", value: "N", help: "Stop at this migration."), CommandOutput.dryRun],
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
            examples: ["outbox-consumer migrate down --dry-run", "outbox-consumer migrate down --to 0 --yes"],
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
            examples: ["outbox-consumer migrate status --json"],
            run: { arguments in CommandOutput.print(try migrator(arguments).status(), arguments) })
    }

    private static func migrator(_ arguments: ParsedArguments) throws -> Migrator {
        try ConsumerMigrations.migrator(try CommonOptions.settings(arguments), folder: arguments.option("migrations"))
    }

    private static func progress(_ arguments: ParsedArguments) -> (String) -> Void {
        let json = arguments.flag("json")
        return { line in if !json { Terminal.print(line + "\n") } }
    }
}
