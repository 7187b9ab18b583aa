import CommandLineKit
import Configuration
import ConsumerOperations
import RelayOperations

/// `outbox-consumer lag`.
enum LagCommand {
    static var command: Command {
        Command(
            "lag", summary: "Shows how far behind consumers are; exit code 3 above a limit.",
            discussion: """
                Asks database and Kafka, whether consumers run or not. APPLIED is the position in the database, which counts; COMMITTED \
                is the group's, which follows it. BEHIND counts offsets, SINCE is the age of the first event that is not applied.
                With --json: consumers, each with name, group, lag_records, lag_seconds, missing_topics (topic, reason) and partitions \
                (topic, partition, committed, applied, start, end, position, lag_records, lag_seconds), max_records, max_seconds and \
                within_limit. Unknown is null.
                """,
            examples: ["outbox-consumer lag", "outbox-consumer lag --only stock --max-records 10000 --max-seconds 60"],
            options: [
                CommonOptions.only,
                OptionSpec(
                    "max-records", value: "N", help: "More events of one consumer than this that are not applied is wrong."),
                OptionSpec("max-seconds", value: "N", help: "An older event than this that is not applied is wrong."),
            ],
            run: { arguments in
                let records = try arguments.integer("max-records", in: 0...Int.max)
                let seconds = try arguments.integer("max-seconds", in: 0...Int.max)
                let settings = try CommonOptions.settings(arguments, needsKafka: true)
                let consumers = try ConsumerCatalog(settings).choose(settings.consumers)
                let report = try ConsumerLagReport.report(
                    consumers, settings, maximumRecords: records, maximumSeconds: seconds)
                return CommandOutput.print(report, arguments)
            })
    }
}
