import CommandLineKit
import RelayOperations

/// `outbox-relay topics`.
enum TopicsCommand {
    static var command: Command {
        Command(
            "topics", summary: "Compares and creates the Kafka topics of the events.",
            discussion: """
                The topics of the systems around the relay (order.events, payment.events and so on, each with topic.prefix), \
                topic.default, the dead-letter topic, and <topic>.dlq for the consumers. Topics are named whole, with the prefix.
                """,
            examples: ["outbox-relay topics plan", "outbox-relay topics create --replication-factor 3"],
            options: [
                OptionSpec("replication-factor", value: "N", help: "Replicas of new topics; 3, or as many as there are brokers."),
                OptionSpec(
                    "partitions", value: "TOPIC=N", help: "Another number of partitions than ours.", repeatable: true),
                OptionSpec(
                    "retention", value: "TOPIC=7d", help: "Another time than ours, or TOPIC=forever.", repeatable: true),
                OptionSpec("only", value: "TOPIC", help: "This topic and no other.", repeatable: true),
            ],
            subcommands: [plan, create])
    }

    private static var plan: Command {
        Command(
            "plan", summary: "Shows what exists, what is missing, and what differs. Changes nothing.",
            discussion: """
                Exit code 0 when everything is there or create would make it; 3 when a topic exists and differs, or may not be \
                looked at.
                With --json: brokers, missing (count), right, and topics, each with topic, purpose, state (missing, same, different, \
                unknown), partitions, replication_factor, retention_ms, reason, differences (setting, wanted, found, alterable, \
                advice), notes.
                """,
            examples: ["outbox-relay topics plan --retention order.events=30d --json"],
            run: { arguments in CommandOutput.print(try operations(arguments).report, arguments) })
    }

    private static var create: Command {
        Command(
            "create", summary: "Creates what is missing; what exists is compared and left as it is.",
            discussion: """
                --alter also changes what exists: its retention, and its number of partitions upwards. More partitions move keys to \
                other partitions, so that the order of one key's events is not kept across the change. New topics with three \
                replicas or more get min.insync.replicas=2. Exit code 3 when something differs and was left as it is.
                """ + "\n" + CommandOutput.changeDocument,
            examples: ["outbox-relay topics create --dry-run", "outbox-relay topics create --alter --only order.events --yes"],
            options: [
                .flag("alter", help: "Change retention and partitions of what exists."), CommandOutput.dryRun, CommandOutput.yes,
            ],
            run: { arguments in
                let operations = try operations(arguments)
                let alters = arguments.flag("alter")
                let code = try CommandOutput.carryOut(operations.create(alters: alters), arguments)
                guard code == .done else { return code }
                return operations.isRight(afterAltering: alters) ? .done : .checkedAndWrong
            })
    }

    private static func operations(_ arguments: ParsedArguments) throws -> TopicOperations {
        let settings = try CommonOptions.settings(arguments)
        var wishes = TopicWishes(settings)
        let factor = try arguments.integer("replication-factor", in: 1...1_000)
        do throws(OperationError) {
            try wishes.apply(
                replicationFactor: factor, partitions: arguments.values("partitions"), retention: arguments.values("retention"),
                only: arguments.values("only"))
        } catch { throw UsageError(error.description, path: arguments.path) }
        return try TopicOperations(settings, wishes)
    }
}
