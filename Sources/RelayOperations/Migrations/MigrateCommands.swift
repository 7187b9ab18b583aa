public import CommandLineKit

/// `migrate up`, `down` and `status` of every program that has tables.
public enum MigrateCommands {
    public static let folder = OptionSpec("migrations", value: "DIR", help: "The folder with the SQL files.")

    /// - Parameters:
    ///   - program: for the examples.
    ///   - upExample: options of an example of `up`.
    ///   - migrator: what applies the program's migrations, by the command's arguments.
    public static func subcommands(
        program: String, upExample: String, migrator: @escaping @Sendable (ParsedArguments) throws -> Migrator
    ) -> [Command] {
        let call = "\(program) migrate"
        return [up(call, upExample, migrator), down(call, migrator), status(call, migrator)]
    }

    private static func up(
        _ call: String, _ example: String, _ migrator: @escaping @Sendable (ParsedArguments) throws -> Migrator
    ) -> Command {
        Command(
            "up", summary: "Applies what is pending.",
            discussion: "An applied migration whose file was changed since is refused by name. " + CommandOutput.changeDocument,
            examples: ["\(call) up", "\(call) up \(example)"],
            options: [OptionSpec("to", value: "N", help: "Stop at this migration."), CommandOutput.dryRun],
            run: carrying(from: 1, migrator) { try $0.up(to: $1, applied: $2) })
    }

    private static func down(_ call: String, _ migrator: @escaping @Sendable (ParsedArguments) throws -> Migrator) -> Command {
        Command(
            "down", summary: "Takes back the latest migration, or all after --to.",
            discussion: "The tables go with everything in them. " + CommandOutput.changeDocument,
            examples: ["\(call) down --dry-run", "\(call) down --to 0 --yes"],
            options: [
                OptionSpec("to", value: "N", help: "Take back everything after this migration; 0 for all."), CommandOutput.dryRun,
                CommandOutput.yes,
            ],
            run: carrying(from: 0, migrator) { try $0.down(to: $1, reverted: $2) })
    }

    private static func status(_ call: String, _ migrator: @escaping @Sendable (ParsedArguments) throws -> Migrator) -> Command {
        Command(
            "status", summary: "Shows what is applied, pending or changed.",
            discussion: """
                Exit code 3 when something is pending or changed.
                With --json: schema, up_to_date, and migrations, each with version, name, state (applied, pending, changed, unknown) \
                and applied_at.
                """,
            examples: ["\(call) status --json"],
            run: { arguments in CommandOutput.print(try migrator(arguments).status(), arguments) })
    }

    /// Makes a change, which may name a migration by --to, and carries it out, with a line for each migration.
    private static func carrying(
        from first: Int, _ migrator: @escaping @Sendable (ParsedArguments) throws -> Migrator,
        _ change: @escaping @Sendable (Migrator, Int?, @escaping (String) -> Void) throws -> PlannedChange
    ) -> Command.Body {
        { arguments in
            let version = try arguments.integer("to", in: first...99_999)
            let json = arguments.flag("json")
            let change = try change(migrator(arguments), version) { line in if !json { Terminal.print(line + "\n") } }
            return try CommandOutput.carryOut(change, arguments)
        }
    }
}
