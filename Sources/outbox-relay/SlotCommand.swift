import ByteCoding
import CommandLineKit
import Glibc
import RelayOperations

/// `outbox-relay slot`.
enum SlotCommand {
    static var command: Command {
        Command(
            "slot", summary: "Looks at and changes the replication slot.",
            discussion: "The slot is slot.name of the settings.",
            examples: ["outbox-relay slot list", "outbox-relay slot peek --limit 20"],
            subcommands: [list, create, drop, advance, peek, failover])
    }

    private static var list: Command {
        Command(
            "list", summary: "Shows every slot of the cluster.",
            discussion: """
                RETAINED is the WAL that the slot keeps, SAFE how much more may be written before the server takes the slot away.
                With --json: slot (the name of the settings) and slots, each with name, type, plugin, database, active, active_pid, \
                wal_status, restart_lsn, confirmed_lsn, retained_wal_bytes, safe_wal_bytes, lost, invalidation_reason.
                """,
            examples: ["outbox-relay slot list --json"],
            run: { arguments in CommandOutput.print(try SlotListing.report(CommandOutput.session(arguments)), arguments) })
    }

    private static var create: Command {
        Command(
            "create", summary: "Creates the slot; the publication has to be there.",
            discussion: """
                The server waits for every transaction that is open. Ctrl-C, or the end of --wait, cancels it, and no slot is left. \
                Rows that are in the table already are not streamed; `run` without a slot publishes them first and makes the slot \
                itself.
                """ + "\n" + CommandOutput.changeDocument,
            examples: ["outbox-relay slot create --wait 30"],
            options: [
                OptionSpec("wait", value: "SECONDS", help: "How long to wait for open transactions; without end unless given."),
                CommandOutput.dryRun,
            ],
            run: { arguments in
                let wait = try arguments.integer("wait", in: 1...604_800)
                let interruption = try Interruption()
                let creation = SlotCreation(try CommandOutput.session(arguments), waitSeconds: wait, stop: interruption.stop)
                var line = LiveLine(plainIntervalMilliseconds: 10_000)
                let change = try creation.plan { line.update($0) }
                defer { line.finish() }
                return try CommandOutput.carryOut(change, arguments)
            })
    }

    private static var drop: Command {
        Command(
            "drop", summary: "Drops the slot; what it still held is then only in the table.",
            discussion: CommandOutput.changeDocument,
            examples: ["outbox-relay slot drop --dry-run", "outbox-relay slot drop --yes"],
            options: [CommandOutput.dryRun, CommandOutput.yes],
            run: { arguments in
                try CommandOutput.carryOut(SlotRemoval.plan(CommandOutput.session(arguments)), arguments)
            })
    }

    private static var failover: Command {
        Command(
            "failover", summary: "Says whether standbys are to keep a copy of the slot (PostgreSQL 17).",
            discussion: """
                For a slot that exists; new ones follow slot.failover. The relay has to be stopped meanwhile: the server would wait \
                until it leaves the slot. What the standbys need beside it: outbox-relay doctor.
                """ + "\n" + CommandOutput.changeDocument,
            examples: ["outbox-relay slot failover on"],
            options: [CommandOutput.dryRun],
            arguments: [ArgumentSpec("STATE", help: "on or off.")],
            run: { arguments in
                guard let word = arguments.argument("STATE"), ["on", "off"].contains(word) else {
                    throw UsageError("STATE has to be on or off", path: arguments.path)
                }
                let change = try SlotFailover.plan(CommandOutput.session(arguments), isOn: word == "on")
                return try CommandOutput.carryOut(change, arguments)
            })
    }

    private static var advance: Command {
        Command(
            "advance", summary: "Moves the slot forward over events that will never be streamed.",
            discussion: """
                Counts what would be skipped and says how the relay will react before it does anything.
                """ + "\n" + CommandOutput.changeDocument,
            examples: ["outbox-relay slot advance --to 0/1A2B3C8 --dry-run", "outbox-relay slot advance --to-current --yes"],
            options: [
                OptionSpec("to", value: "LSN", help: "The position, for instance 0/1A2B3C8."),
                .flag("to-current", help: "To the end of WAL."), CommandOutput.dryRun, CommandOutput.yes,
            ],
            run: { arguments in
                let target = try advanceTarget(arguments)
                let interruption = try Interruption()
                let change = try SlotAdvance(CommandOutput.session(arguments), stop: interruption.stop).plan(target)
                return try CommandOutput.carryOut(change, arguments)
            })
    }

    private static func advanceTarget(_ arguments: ParsedArguments) throws -> SlotAdvance.Target {
        switch (arguments.option("to"), arguments.flag("to-current")) {
        case (let text?, false):
            guard let lsn = LSN(text), lsn != .zero else {
                throw UsageError("--to needs a position such as 0/1A2B3C8", path: arguments.path)
            }
            return .position(lsn)
        case (nil, true): return .current
        default: throw UsageError("one of --to and --to-current is needed", path: arguments.path)
        }
    }

    private static var peek: Command {
        Command(
            "peek", summary: "Shows the next changes in the slot without consuming them.",
            discussion: """
                The server decodes whole transactions, also a huge one. Works only while nobody streams.
                With --json: slot, confirmed_lsn, and changes, each with lsn, xid, kind, table, event_id, event_type, topic, and \
                payload when asked for.
                """,
            examples: ["outbox-relay slot peek --limit 5 --payload"],
            options: [
                OptionSpec("limit", value: "N", help: "Most events shown.", default: "20"),
                .flag("payload", help: "Show payloads as well."),
            ],
            run: { arguments in
                let limit = try arguments.integer("limit", in: 1...10_000) ?? 20
                let peek = SlotPeek(try CommandOutput.session(arguments))
                return CommandOutput.print(try peek.report(limit: limit, showsPayload: arguments.flag("payload")), arguments)
            })
    }
}
