import CommandLineKit
import ConsumerKit
import ConsumerOperations
import RelayOperations

/// `outbox-consumer dlq`.
enum DeadLetterCommand {
    static var command: Command {
        Command(
            "dlq", summary: "Looks at consumers' dead letters, applies them after all, or leaves them out.",
            discussion: """
                A dead letter is an event that a consumer could not apply, named by its place in Kafka, topic/partition:offset. The \
                table consumer_dead_letters has it with all it held; the record in <topic>.dlq is for other programs, and stays there \
                until its retention takes it. Where later events of its key wait for it (parking), they are in consumer_parked.
                """,
            examples: [
                "outbox-consumer dlq list --consumer stock",
                "outbox-consumer dlq retry --consumer stock --reason 'insufficient stock' --dry-run",
            ],
            options: [OptionSpec("consumer", value: "NAME", help: "Whose dead letters; only `list` goes without.")],
            subcommands: [list, show, retry, discard])
    }

    private static let choice = [
        OptionSpec("reason", value: "TEXT", help: "Only letters whose reason contains this."),
        OptionSpec(
            "class", value: "CLASS", help: "Only letters of this class.",
            choices: DeadLetterCause.Kind.allCases.map(\.rawValue)),
        OptionSpec("topic", value: "TOPIC", help: "Only letters of this topic."),
        OptionSpec("event", value: "ID", help: "Only letters of this event.", repeatable: true), CommandOutput.since,
        CommandOutput.until,
    ]

    private static var list: Command {
        Command(
            "list", summary: "Shows the letters that nobody has dealt with, and what waits behind each.",
            discussion: """
                Without --consumer: of all consumers, those that do not run here too. Keys and values are not shown.
                With --json: consumer, count, parked, parked_free (events that wait behind no open letter any more), classes (count by \
                class), and letters, each with letter, topic, partition, offset, event_id, class (bad_data, rejected, unknown, \
                followed), reason, attempts, first_failed_at, failed_at, state (open, retried, discarded), changed_at, changed_by, \
                dlq_topic and parked; without --consumer: count, and consumers, each with these.
                """,
            examples: ["outbox-consumer dlq list", "outbox-consumer dlq list --consumer stock --since 1d --json"],
            options: choice + [
                OptionSpec("limit", value: "N", help: "Most letters shown; the others are counted.", default: "100"),
                .flag("all-states", help: "Also those that were retried or discarded."),
            ],
            run: { arguments in
                let limit = try arguments.integer("limit", in: 1...100_000) ?? 100
                let selection = try selection(arguments)
                let showsAllStates = arguments.flag("all-states")
                guard arguments.option("consumer") != nil else {
                    let report = try OneConsumer.all(arguments) {
                        try LetterListing.list($0, selection, limit: limit, showsAllStates: showsAllStates)
                    }
                    return CommandOutput.print(report, arguments)
                }
                let report = try with(arguments, needsKafka: false) { session throws(OperationError) in
                    try LetterListing.list(session, selection, limit: limit, showsAllStates: showsAllStates)
                }
                return CommandOutput.print(report, arguments)
            })
    }

    private static var show: Command {
        Command(
            "show", summary: "Shows a letter with its headers, its key and its value.",
            discussion: """
                Bytes that are no UTF-8 are shown as 0x and hexadecimal digits. With --json: consumer, and letters as in `dlq list`, \
                with key, value and headers (name, value) besides.
                """,
            examples: ["outbox-consumer dlq show --consumer stock order.events/0:17"],
            arguments: [ArgumentSpec("LETTER", help: "topic/partition:offset, or an event id.")],
            run: { arguments in
                let word = arguments.argument("LETTER") ?? ""
                let report = try with(arguments, needsKafka: false) { session throws(OperationError) in
                    try LetterListing.show(session, word)
                }
                return CommandOutput.print(report, arguments)
            })
    }

    private static let letters = ArgumentSpec("LETTER", help: "topic/partition:offset, or event ids.", count: .any)
    private static let changing = [
        OptionSpec("limit", value: "N", help: "At most that many letters, the first ones."),
        .flag("all", help: "All open letters."), CommandOutput.dryRun, CommandOutput.yes,
    ]
    private static let resultDocument =
        """
        \(CommandOutput.changeDocument) result: stopped, letters and parked (count by outcome, or discarded), events, each with letter, \
        event_id, was_parked, outcome (applied, duplicate, refused, held, passed_over, gone) and reason, and trouble (why it ended \
        early, or null).
        """

    private static var retry: Command {
        Command(
            "retry", summary: "Applies letters after all, and then what is parked behind them, in order.",
            discussion: """
                In this process, through the consumer's own code, one transaction for each letter, in which it becomes retried: it is \
                applied once, and no other group sees it again. Instances that run wait for each of these transactions. What is \
                refused again stays open with the new reason; exit code 1 then. A letter of a key with an earlier open one waits for \
                that, unless order does not matter to the consumer. A parked event that is refused becomes a dead letter itself.
                """ + "\n" + resultDocument,
            examples: [
                "outbox-consumer dlq retry --consumer stock order.events/0:17",
                "outbox-consumer dlq retry --consumer stock --reason 'insufficient stock' --since 1d --yes",
            ],
            options: choice + changing, arguments: [letters],
            run: { arguments in
                let selection = try chosen(arguments)
                let limit = try arguments.integer("limit", in: 1...1_000_000)
                return try with(arguments, needsKafka: true) { session in
                    try ProgressLine.carryOut(arguments) {
                        try LetterRetry(session, selection, limit: limit).plan(progress: $0)
                    }
                }
            })
    }

    private static var discard: Command {
        Command(
            "discard", summary: "Leaves letters out for good, and applies what is parked behind them.",
            discussion: """
                The letters have no effect from now on, also not by `replay` or `rebuild`. Events that waited for them are applied in \
                their order.
                """ + "\n" + resultDocument,
            examples: ["outbox-consumer dlq discard --consumer stock order.events/0:17 --yes"],
            options: choice + changing, arguments: [letters],
            run: { arguments in
                let selection = try chosen(arguments)
                let limit = try arguments.integer("limit", in: 1...1_000_000)
                return try with(arguments, needsKafka: true) { session in
                    try ProgressLine.carryOut(arguments) {
                        try LetterDiscard.plan(session, selection, limit: limit, progress: $0)
                    }
                }
            })
    }

    private static func selection(_ arguments: ParsedArguments) throws -> LetterSelection {
        LetterSelection(
            words: arguments.arguments("LETTER") + arguments.values("event"), reason: arguments.option("reason"),
            kind: arguments.option("class").flatMap { DeadLetterCause.Kind(rawValue: $0) }, topic: arguments.option("topic"),
            range: try CommandOutput.range(arguments), isAll: arguments.flag("all"))
    }

    private static func chosen(_ arguments: ParsedArguments) throws -> LetterSelection {
        let selection = try selection(arguments)
        guard !selection.isEmpty else {
            throw UsageError(
                "which letters? Name them, or use --all, --reason, --class, --topic, --event, --since or --until",
                path: arguments.path)
        }
        return selection
    }

    private static func with<Value>(
        _ arguments: ParsedArguments, needsKafka: Bool, _ body: (ConsumerSession) throws -> Value
    ) throws -> Value {
        guard let name = arguments.option("consumer") else {
            throw UsageError("whose dead letters? --consumer NAME; outbox-consumer list shows the names", path: arguments.path)
        }
        return try OneConsumer.with(name, arguments, needsKafka: needsKafka, body)
    }
}
