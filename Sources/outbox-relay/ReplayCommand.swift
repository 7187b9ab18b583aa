import CommandLineKit
import RelayOperations

/// `outbox-relay replay`.
enum ReplayCommand {
    static var command: Command {
        Command(
            "replay", summary: "Publishes rows again on purpose, with the same event ids.",
            discussion: """
                Rows that were published go once more to their topics, in the order of seq, in the format of the settings, with the \
                header outbox_replayed_at. A consumer that knows the event id skips them; one that lost its effects can be made to \
                forget the ids first. The rows are not touched. Rows that were never published are left out. Waits for every \
                acknowledgement; after the first failure nothing more of that order is sent. Exit code 1 when something failed, with \
                the names.
                """ + "\n" + CommandOutput.changeDocument
                    + " result: published, stopped, failed_count, failed (event_id, reason).",
            examples: [
                "outbox-relay replay --aggregate ORDER/4711", "outbox-relay replay --since 2h --topic order.events --dry-run",
            ],
            options: [
                OptionSpec("ids", value: "ID,ID", help: "These events."),
                OptionSpec("aggregate", value: "TYPE/ID", help: "All events of one aggregate."),
                CommandOutput.since, CommandOutput.until,
                OptionSpec("topic", value: "TOPIC", help: "Only those that go to this topic."),
                CommandOutput.dryRun, CommandOutput.yes,
            ],
            run: { arguments in
                let range = try CommandOutput.range(arguments)
                let selection = try CommandOutput.usage(arguments) { () throws(OperationError) in
                    try ReplaySelection(
                        ids: arguments.option("ids"), aggregate: arguments.option("aggregate"), range: range,
                        topic: arguments.option("topic"))
                }
                let interruption = try Interruption()
                let session = try CommandOutput.kafkaSession(arguments)
                return try withExtendedLifetime(interruption) {
                    try ProgressLine.carryOut(arguments) {
                        try Replay(session, selection, stop: interruption.stop).plan(progress: $0)
                    }
                }
            })
    }
}
