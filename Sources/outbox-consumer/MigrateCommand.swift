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
            options: [MigrateCommands.folder],
            subcommands: MigrateCommands.subcommands(
                program: "outbox-consumer", upExample: "--to 3 --dry-run", migrator: migrator))
    }

    private static func migrator(_ arguments: ParsedArguments) throws -> Migrator {
        try ConsumerMigrations.migrator(try CommonOptions.settings(arguments), folder: arguments.option("migrations"))
    }
}
