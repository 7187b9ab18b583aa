import CommandLineKit
import ConsumerOperations
import RelayOperations

/// `outbox-consumer rebuild`.
enum RebuildCommand {
    static var command: Command {
        Command(
            "rebuild", summary: "Empties a consumer's tables and derives them again from its topics.",
            discussion: """
                For consumers whose tables follow from their events alone (analytics). One transaction empties the tables and begins a \
                new epoch of the inbox; then this command reads the topics from their first records to their ends and applies each \
                event once, while instances that run go on with what is new. Until it is done the tables hold a part. When it is \
                interrupted, --continue goes on with it; without that the next call begins anew. What the topics do not hold any more \
                is lost, and is said before. Exit code 1 when an event was rejected that is no dead letter.
                """ + "\n" + CommandOutput.changeDocument
                    + """
                     result: epoch, applied, duplicate, rejected, dead_letters, passed_over, stopped, rejections (record, reason).
                    """,
            examples: ["outbox-consumer rebuild analytics --dry-run", "outbox-consumer rebuild analytics --yes"],
            options: [
                .flag("continue", help: "Go on with a rebuild that was interrupted; empties nothing."), CommandOutput.dryRun,
                CommandOutput.yes,
            ],
            arguments: [ArgumentSpec("NAME", help: "Which consumer.")],
            run: { arguments in
                try OneConsumer.with(arguments.argument("NAME") ?? "", arguments, needsKafka: true) { session in
                    try ProgressLine.carryOut(arguments) {
                        try ConsumerRebuild(session, continues: arguments.flag("continue")).plan(progress: $0)
                    }
                }
            })
    }
}
