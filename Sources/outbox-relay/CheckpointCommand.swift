import ByteCoding
import CommandLineKit
import RelayOperations

/// `outbox-relay checkpoint`.
enum CheckpointCommand {
    static var command: Command {
        Command(
            "checkpoint", summary: "Looks at and changes the stored position.",
            discussion: "The position is kept in checkpoint.table under slot.name.",
            examples: ["outbox-relay checkpoint show"], subcommands: [show, set, reset])
    }

    private static var show: Command {
        Command(
            "show", summary: "Shows the stored position beside the slot's, and what the next start would do.",
            discussion: """
                Exit code 3 when the relay would refuse to start.
                With --json: slot, table, checkpoint (lsn, phase, system_id, timeline, events, updated_at; null when there is none), \
                slot_confirmed_lsn, system_id, timeline, next_start, startable.
                """,
            examples: ["outbox-relay checkpoint show --json"],
            run: { arguments in CommandOutput.print(try CheckpointOperations.show(CommandOutput.session(arguments)), arguments) })
    }

    private static var set: Command {
        Command(
            "set", summary: "Stores a position: everything committed before it counts as published.",
            discussion: "Says what would be skipped or published again before it does anything. " + CommandOutput.changeDocument,
            examples: ["outbox-relay checkpoint set 0/1A2B3C8 --dry-run"],
            options: [CommandOutput.dryRun, CommandOutput.yes],
            arguments: [ArgumentSpec("LSN", help: "The position, for instance 0/1A2B3C8.")],
            run: { arguments in
                guard let lsn = arguments.argument("LSN").flatMap({ LSN($0) }) else {
                    throw UsageError("LSN has to be a position such as 0/1A2B3C8", path: arguments.path)
                }
                return try CommandOutput.carryOut(CheckpointOperations.set(CommandOutput.session(arguments), to: lsn), arguments)
            })
    }

    private static var reset: Command {
        Command(
            "reset", summary: "Deletes the stored position; without a slot, the next start is a first start.",
            discussion: CommandOutput.changeDocument, examples: ["outbox-relay checkpoint reset --yes"],
            options: [CommandOutput.dryRun, CommandOutput.yes],
            run: { arguments in
                try CommandOutput.carryOut(CheckpointOperations.reset(CommandOutput.session(arguments)), arguments)
            })
    }
}
