import CommandLineKit
import Configuration
import RelayOperations
import Telemetry

/// `outbox-relay run`.
enum RunCommand {
    static var command: Command {
        Command(
            "run", summary: "Streams the outbox table to Kafka until it is stopped.",
            discussion: """
                At the very first start it creates publication and slot, publishes the rows that are already there, and streams from \
                then on. Later starts continue where the last one ended. SIGTERM and SIGINT drain and end it; a second one ends it \
                at once. Exit code 1 when going on would lose events; the log names the reason and the remedy.
                """,
            examples: [
                "outbox-relay run --config relay.properties",
                "OUTBOX_POSTGRES_DSN='host=db dbname=shop user=outbox_relay' outbox-relay run --set kafka.bootstrap.servers=kafka:9092",
            ],
            run: run)
    }

    private static func run(_ arguments: ParsedArguments) throws -> ExitCode {
        let interruption = try Interruption(ignoresHangup: true)
        let settings = try CommonOptions.settings(arguments)
        let service = try RelayService(
            settings, logger: Logger(settings.log, json: arguments.flag("json")), stop: interruption.stop)
        return try withExtendedLifetime(interruption) { try service.run() } ? .done : .failed
    }
}
