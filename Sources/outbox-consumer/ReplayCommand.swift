import CommandLineKit
import ConsumerOperations
import RelayOperations
import ServiceRuntime

/// `outbox-consumer replay`.
enum ReplayCommand {
    static var command: Command {
        Command(
            "replay", summary: "Reads a part of the topics again and applies what a consumer has not applied.",
            discussion: """
                For events that were missed: offsets that were moved by hand, tables restored from a backup. Reads in this process \
                from a time or from offsets up to the ends that the topics have now, joins no group and moves no position, and applies \
                in batches what the consumer's inbox does not know; instances that run go on. --again applies also what the inbox \
                knows; only for consumers to which that does no harm (`list --json`: repeatable). Dead letters, and what is parked \
                behind them, are left to `dlq`. Exit code 1 when an event was rejected that is no dead letter, with its place.
                """ + "\n" + CommandOutput.changeDocument
                    + """
                     result: applied, duplicate, rejected, dead_letters, passed_over, stopped, rejections (record, reason).
                    """,
            examples: [
                "outbox-consumer replay --consumer notification --from-time 2h",
                "outbox-consumer replay --consumer stock --from-offset order.events/0:1042 --until-offset order.events/0:2000 --dry-run",
            ],
            options: [
                OptionSpec("consumer", value: "NAME", help: "Which consumer applies them."),
                OptionSpec(
                    "from-time", value: "TIME",
                    help: "Records written from this time on: 2026-01-02T03:04:05Z, or how long ago: 30m, 2h, 7d."),
                OptionSpec(
                    "from-offset", value: "TOPIC/PARTITION:OFFSET", help: "From this record on; only partitions that are named.",
                    repeatable: true),
                OptionSpec("until", value: "TIME", help: "Only records written before this time."),
                OptionSpec(
                    "until-offset", value: "TOPIC/PARTITION:OFFSET", help: "Of this partition only what is before this offset.",
                    repeatable: true),
                OptionSpec("topic", value: "TOPIC", help: "Of the consumer's topics only this one."),
                .flag("again", help: "Apply also what was applied before."), CommandOutput.dryRun, CommandOutput.yes,
            ],
            run: { arguments in
                guard let name = arguments.option("consumer") else {
                    throw UsageError(
                        "which consumer? --consumer NAME; outbox-consumer list shows the names", path: arguments.path)
                }
                let scope = try CommandOutput.usage(arguments) { () throws(OperationError) in
                    try ReplayScope(
                        fromTime: arguments.option("from-time"), fromOffsets: arguments.values("from-offset"),
                        until: arguments.option("until"), untilOffsets: arguments.values("until-offset"),
                        topic: arguments.option("topic"), now: MonotonicTime.wallClockMicroseconds())
                }
                return try OneConsumer.with(name, arguments, needsKafka: true) { session in
                    try ProgressLine.carryOut(arguments) {
                        try ConsumerReplay(session, scope, again: arguments.flag("again")).plan(progress: $0)
                    }
                }
            })
    }
}
