import CommandLineKit
import Configuration
import RelayOperations

/// `outbox-relay cleanup`.
enum CleanupCommand {
    static var command: Command {
        Command(
            "cleanup", summary: "Removes rows that are published and old.",
            discussion: """
                Rows with status PUBLISHED go, in small batches with pauses between them; those that wait or failed never do, dead \
                ones only with --dead-older-than. Of a table that is partitioned by the time of the event (created_at), partitions \
                whose range is over and whose rows may all go are dropped whole. With after.publish=keep, where no row says that it is \
                published, rows go only when the relay is proven to have confirmed their transactions: it has to run.
                Ctrl-C ends it after the batch under way. The running relay does the same with retention.published; both at once do \
                no harm.
                """ + "\n" + CommandOutput.changeDocument + " The result has rows, partitions, remarks.",
            examples: ["outbox-relay cleanup --older-than 7d --dry-run", "outbox-relay cleanup --older-than 7d --yes"],
            options: [
                OptionSpec("older-than", value: "TIME", help: "How long ago rows have to be published: 7d, 12h."),
                OptionSpec("dead-older-than", value: "TIME", help: "Also rows with status DEAD that are older."),
                OptionSpec("batch", value: "N", help: "Rows of one statement; retention.batch.size unless given."),
                CommandOutput.dryRun, CommandOutput.yes,
            ],
            run: run)
    }

    private static func run(_ arguments: ParsedArguments) throws -> ExitCode {
        let ages = RetentionAges(
            published: try span("older-than", arguments), dead: try span("dead-older-than", arguments))
        guard ages.published != nil || ages.dead != nil else {
            throw UsageError("--older-than or --dead-older-than is needed", path: arguments.path)
        }
        let batch = try arguments.integer("batch", in: 10...100_000)
        let settings = try CommonOptions.settings(arguments)
        let interruption = try Interruption()
        let cleanup = try Cleanup(
            OperatorSession(.init(settings)), ages: ages, batchSize: batch ?? settings.retention.batchSize,
            stop: interruption.stop)
        var line = LiveLine(plainIntervalMilliseconds: 10_000)
        let change = try cleanup.plan { line.update($0) }
        defer { line.finish() }
        return try CommandOutput.carryOut(change, arguments)
    }

    private static func span(_ option: String, _ arguments: ParsedArguments) throws(UsageError) -> TimeSpan? {
        guard let text = arguments.option(option) else { return nil }
        guard let span = try? TimeSpan(text), span.milliseconds > 0 else {
            throw UsageError("--\(option) has to be \(TimeSpan.allowed)", path: arguments.path)
        }
        return span
    }
}
