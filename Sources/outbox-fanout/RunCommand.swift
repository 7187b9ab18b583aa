import CommandLineKit
import Configuration
import FanoutOperations
import RelayOperations
import Telemetry

/// `outbox-fanout run`.
enum RunCommand {
    static var command: Command {
        Command(
            "run", summary: "Serves clients until it is stopped.",
            discussion: """
                Clients connect to `listen`: GET /ws, GET /sse, GET /api/sse/subscribe/{userId}, and GET /api/realtime/cursor; at / there \
                is a page with a live feed. Any number of instances serve the same clients. SIGTERM and SIGINT send the clients away \
                over drain.window.ms, so that they do not all come to another instance at once, and end it with exit code 0; a second \
                one ends it at once.
                """,
            examples: [
                "outbox-fanout run --set auth=off --set kafka.bootstrap.servers=localhost:9092",
                "outbox-fanout run --config fanout.properties --set listen=0.0.0.0:8088",
            ],
            run: run)
    }

    private static func run(_ arguments: ParsedArguments) throws -> ExitCode {
        let interruption = try Interruption(ignoresHangup: true)
        let settings = try CommonOptions.settings(arguments, needsKafka: true, as: FanoutSettings.self)
        let logger = Logger(settings.log, json: arguments.flag("json"))
        let service = try FanoutService(settings, logger: logger, stop: interruption.stop)
        try withExtendedLifetime(interruption) { try service.run() }
        return .done
    }
}
