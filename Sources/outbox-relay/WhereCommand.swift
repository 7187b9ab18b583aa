import CommandLineKit
import RelayCore
import RelayOperations
import ServiceRuntime

/// `outbox-relay where`.
enum WhereCommand {
    static var command: Command {
        Command(
            "where", summary: "Says where an event is.",
            discussion: """
                Looks at the row, searches its topic from created_at on (until a minute after published_at, where that is known) and \
                the dead-letter topic, and says for an event that waits how far slot and running relay are. Without a row, the \
                default topic (or --topic) is searched from --since on.
                Exit code 0 when the event is in its topic, or was published before what the topic still holds; else 3.
                With --json: event_id, verdict (delivered, published_before_retention, missing, waiting, retrying, dead, undelivered, \
                unknown), row (status, created_at, published_at, topic, retry_count, next_attempt_at, error, locked_by; null without \
                one), records and dead_letters (topic, partition, offset, time, marker, reason), searched; and where it waits \
                wal_end, slot_confirmed_lsn, wal_ahead_bytes, slot_active, relay_phase, relay_in_flight_events, relay_received_lsn.
                """,
            examples: [
                "outbox-relay where 6d0a7f7e-3c1b-4f83-9d43-3f2f3f5f8a11",
                "outbox-relay where 6d0a7f7e-3c1b-4f83-9d43-3f2f3f5f8a11 --topic order.events --since 7d",
            ],
            options: [
                OptionSpec("topic", value: "TOPIC", help: "Search this topic as well.", repeatable: true),
                OptionSpec("since", value: "TIME", help: "How far back to search when there is no row.", default: "1d"),
                CommandOutput.url,
            ],
            arguments: [ArgumentSpec("EVENT_ID", help: "The event's id.")],
            run: { arguments in
                let now = MonotonicTime.wallClockMicroseconds()
                let range = try CommandOutput.usage(arguments) { () throws(OperationError) in
                    try TimeRange(since: arguments.option("since") ?? "1d", until: nil, now: now)
                }
                let interruption = try Interruption()
                let settings = try CommonOptions.settings(arguments)
                let address = try CommandOutput.address(arguments, settings)
                let search = EventSearch(try CommandOutput.kafkaSession(arguments), address: address, stop: interruption.stop)
                let report = try withExtendedLifetime(interruption) {
                    try ProgressLine.with { progress in
                        try search.report(
                            arguments.argument("EVENT_ID") ?? "", topics: arguments.values("topic"), since: range.since ?? 0,
                            progress: progress)
                    }
                }
                return CommandOutput.print(report, arguments)
            })
    }
}
