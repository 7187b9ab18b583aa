import CommandLineKit
import Configuration
import RelayOperations

/// `outbox-relay verify`.
enum VerifyCommand {
    static var command: Command {
        Command(
            "verify", summary: "Holds the table and its topics against each other: missing, duplicate, out of order, unexpected.",
            discussion: """
                Missing: the row says PUBLISHED (with after.publish=keep: it is older than --lag) and its topic has no record of it, \
                though the topic reaches back that far. Duplicate: a second record, not marked by replay or dlq retry. Out of order: \
                behind an event of the same key, topic and partition that was inserted later, when both are of one transaction or \
                their transactions cannot have overlapped (--longest-transaction); the others are counted apart, because insertion \
                order is not commit order. Unexpected: a record with an event id that no row has, of a time from which published \
                rows are still there. Waiting rows and dead letters are counted apart. What cannot be judged is said.
                Reads the whole stretch of the topics, in several passes where --memory is short. Changes nothing. Exit code 3 when \
                something is wrong.
                With --json: clean, rows, published, waiting, dead, young, unpublishable, records, foreign, repeated, \
                beyond_retention, overlapping, missing, duplicate, out_of_order, unexpected (counts), passes, topics, \
                missing_topics, judged_from, notes, and findings, the first of each kind, each with kind, event_id, topic, \
                partition, offset.
                """,
            examples: ["outbox-relay verify --since 1d", "outbox-relay verify --topic order.events --out wrong.jsonl --json"],
            options: [
                CommandOutput.since, CommandOutput.until, OptionSpec("topic", value: "TOPIC", help: "Only events of this topic."),
                OptionSpec("out", value: "FILE", help: "Write every finding there, one JSON document a line."),
                OptionSpec("lag", value: "TIME", help: "Younger rows are not judged where no status tells.", default: "1m"),
                OptionSpec(
                    "longest-transaction", value: "TIME", help: "How long the application's transactions may be open.",
                    default: "1m"),
                .flag("strict-order", help: "Every arrival against seq is wrong: each key's writers wait for each other."),
                .flag("allow-duplicates", help: "Count duplicates, and do not take them as wrong."),
                OptionSpec("memory", value: "MB", help: "About how much the command may use.", default: "200"),
            ],
            run: { arguments in
                let options = try options(arguments)
                let interruption = try Interruption()
                let session = try CommandOutput.kafkaSession(arguments)
                let report = try withExtendedLifetime(interruption) {
                    try ProgressLine.with { progress in
                        try Verification(session, options, stop: interruption.stop).run(progress: progress)
                    }
                }
                return CommandOutput.print(report, arguments)
            })
    }

    private static func options(_ arguments: ParsedArguments) throws -> VerificationOptions {
        let megabytes = try arguments.integer("memory", in: 66...65_536) ?? 200
        return VerificationOptions(
            range: try CommandOutput.range(arguments), topic: arguments.option("topic"), lag: try span("lag", arguments),
            longestTransaction: try span("longest-transaction", arguments), isOrderStrict: arguments.flag("strict-order"),
            allowsDuplicates: arguments.flag("allow-duplicates"), memory: megabytes << 20, file: arguments.option("out"))
    }

    /// In µs.
    private static func span(_ name: String, _ arguments: ParsedArguments) throws -> Int64 {
        do throws(TimeSpan.Failure) { return try TimeSpan(arguments.option(name) ?? "1m").milliseconds * 1_000 } catch {
            throw UsageError("--\(name) \(error); it has to be \(TimeSpan.allowed)", path: arguments.path)
        }
    }
}
