import CommandLineKit
import Configuration
import ConsumerOperations
import RelayOperations
import Telemetry

/// `outbox-consumer run`.
enum RunCommand {
    static var command: Command {
        Command(
            "run", summary: "Applies events until it is stopped.",
            discussion: """
                One process runs any set of consumers, and any number of processes share their work. SIGTERM and SIGINT finish the \
                transactions that run, commit, leave the groups and end it within drain.timeout.ms, with exit code 0; a second one \
                ends it at once. Exit code 1 when a consumer cannot go on; the log says why.
                """,
            examples: [
                "outbox-consumer run --config consumer.properties",
                "outbox-consumer run --only stock,analytics --set kafka.bootstrap.servers=kafka:9092",
            ],
            options: [CommonOptions.only],
            run: run)
    }

    private static func run(_ arguments: ParsedArguments) throws -> ExitCode {
        let interruption = try Interruption(ignoresHangup: true)
        let settings = try CommonOptions.settings(arguments, needsKafka: true)
        let logger = Logger(settings.log, json: arguments.flag("json"))
        let service = try ConsumerService(settings, logger: logger, stop: interruption.stop)
        return try withExtendedLifetime(interruption) { try service.run() } ? .done : .failed
    }
}
