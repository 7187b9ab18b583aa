import CommandLineKit
import RelayOperations

/// `outbox-relay dlq`.
enum DeadLetterCommand {
    static var command: Command {
        Command(
            "dlq", summary: "Looks at dead letters, publishes them again, or leaves them out.",
            discussion: """
                Letters are the records of dead.letter.topic, each named partition@offset. Kafka deletes no single record: a letter \
                that was retried or discarded stays in the topic until its retention takes it, and the table outbox_dead_letters \
                (beside checkpoint.table) says that it is dealt with.
                """,
            examples: ["outbox-relay dlq list --since 1d", "outbox-relay dlq retry --reason topic_unavailable --dry-run"],
            subcommands: [list, show, retry, discard])
    }

    private static let choice = [
        OptionSpec("reason", value: "REASON", help: "Only letters with this outbox_error_reason."),
        OptionSpec("topic", value: "TOPIC", help: "Only letters of this original topic."),
        CommandOutput.since, CommandOutput.until,
    ]

    private static var list: Command {
        Command(
            "list", summary: "Shows the letters that nobody has dealt with.",
            discussion: """
                Payloads are not shown. TIME is that of the failure.
                With --json: topic, count, reasons (count by reason), and letters, each with letter, partition, offset, event_id, \
                reason, message, original_topic, failed_at, event_type, aggregate_type, lsn, omitted_payload_bytes and state (open, \
                retried, discarded).
                """,
            examples: ["outbox-relay dlq list --reason message_too_large --json"],
            options: choice + [
                OptionSpec("limit", value: "N", help: "Most letters shown; the others are counted.", default: "100"),
                .flag("all-states", help: "Also those that were retried or discarded."),
            ],
            run: { arguments in
                let limit = try arguments.integer("limit", in: 1...100_000) ?? 100
                let selection = try selection(arguments)
                let showsAll = arguments.flag("all-states")
                return try report(arguments) { box, progress in
                    try DeadLetterListing.list(box, selection, limit: limit, showsAllStates: showsAll, progress: progress)
                }
            })
    }

    private static var show: Command {
        Command(
            "show", summary: "Shows a letter with its headers and its payload.",
            discussion: """
                With an event id: every letter of that event. With --json: topic, and letters as in `dlq list`, with key, payload, \
                headers (name, value) and row_status (null when the row is gone) besides.
                """,
            examples: ["outbox-relay dlq show 0@17"],
            arguments: [ArgumentSpec("LETTER", help: "partition@offset, or an event id.")],
            run: { arguments in
                let word = arguments.argument("LETTER") ?? ""
                return try report(arguments) { box, progress in try DeadLetterListing.show(box, word, progress: progress) }
            })
    }

    private static let letters = ArgumentSpec("LETTER", help: "partition@offset, or event ids.", count: .any)

    private static var retry: Command {
        Command(
            "retry", summary: "Publishes letters again, to where they were to go.",
            discussion: """
                A letter whose row is still in the table is made from the row as it stands now, in the format of the settings: \
                correct the row first where it was wrong. When the row is gone the event is rebuilt from the letter, as far as its \
                headers tell. The message has the same event id and the header outbox_retried_from. The row becomes PUBLISHED \
                (after.publish=delete: it goes). What is refused again stays dead, and is named; exit code 1 then. A letter that \
                was dealt with is never published twice by this command; two commands at a time exclude each other.
                """ + "\n" + CommandOutput.changeDocument
                    + " result.letters: letter, event_id, outcome (published, published_before, refused), topic, reason, rebuilt."
            ,
            examples: [
                "outbox-relay dlq retry 0@17 0@18", "outbox-relay dlq retry --reason topic_unavailable --since 1d --yes",
            ],
            options: choice + [
                .flag("all", help: "All open letters."),
                OptionSpec("to", value: "TOPIC", help: "Publish to this topic instead of the original one."),
                CommandOutput.dryRun, CommandOutput.yes,
            ],
            arguments: [letters],
            run: { arguments in
                let selection = try chosen(arguments)
                let destination = arguments.option("to")
                let (box, interruption) = try box(arguments)
                return try withExtendedLifetime(interruption) {
                    try ProgressLine.carryOut(arguments) {
                        try DeadLetterRetry(box, selection, to: destination).plan(progress: $0)
                    }
                }
            })
    }

    private static var discard: Command {
        Command(
            "discard", summary: "Leaves letters out from now on; nothing is published.",
            discussion: """
                The record stays in its topic until the topic's retention takes it, and the row stays DEAD.
                """ + "\n" + CommandOutput.changeDocument,
            examples: ["outbox-relay dlq discard 0@17 --yes"],
            options: choice + [.flag("all", help: "All open letters."), CommandOutput.dryRun, CommandOutput.yes],
            arguments: [letters],
            run: { arguments in
                let selection = try chosen(arguments)
                let (box, interruption) = try box(arguments)
                return try withExtendedLifetime(interruption) {
                    try ProgressLine.carryOut(arguments) { try DeadLetterDiscard.plan(box, selection, progress: $0) }
                }
            })
    }

    private static func selection(_ arguments: ParsedArguments) throws -> DeadLetterSelection {
        DeadLetterSelection(
            words: arguments.arguments("LETTER"), reason: arguments.option("reason"), topic: arguments.option("topic"),
            range: try CommandOutput.range(arguments), isAll: arguments.flag("all"))
    }

    private static func chosen(_ arguments: ParsedArguments) throws -> DeadLetterSelection {
        let selection = try selection(arguments)
        guard !selection.isEmpty else {
            throw UsageError(
                "which letters? Name them, or use --all, --reason, --topic, --since or --until", path: arguments.path)
        }
        return selection
    }

    private static func box(_ arguments: ParsedArguments) throws -> (DeadLetterBox, Interruption) {
        let interruption = try Interruption()
        return (DeadLetterBox(try CommandOutput.kafkaSession(arguments), stop: interruption.stop), interruption)
    }

    private static func report(
        _ arguments: ParsedArguments, _ body: (DeadLetterBox, (String) -> Void) throws -> Report
    ) throws -> ExitCode {
        let (box, interruption) = try box(arguments)
        let report = try withExtendedLifetime(interruption) { try ProgressLine.with { try body(box, $0) } }
        return CommandOutput.print(report, arguments)
    }
}
