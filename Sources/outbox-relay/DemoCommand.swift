import CommandLineKit
import Glibc
import RelayDemo
import RelayOperations
import ServiceRuntime

/// `outbox-relay demo`.
enum DemoCommand {
    static var command: Command {
        Command(
            "demo", summary: "Shows it working, with servers of its own.",
            discussion: """
                Starts a temporary PostgreSQL and a Kafka (a real broker when KAFKA_HOME is set, else librdkafka's mock broker), applies \
                the migrations, runs the relay and the fan-out, writes orders in transactions, some of them rolled back, and reads their \
                events back from Kafka and as a browser would. Exit code 0 only if every committed event arrived once and in order, and \
                no other did. Everything is removed at the end, also after Ctrl-C; a second Ctrl-C does not wait.
                """,
            examples: [
                "outbox-relay demo", "outbox-relay demo --keep",
                "KAFKA_HOME=/opt/kafka outbox-relay demo --seconds 30 --rate 2000",
            ],
            options: [
                OptionSpec("seconds", value: "N", help: "How long orders are written.", default: "10"),
                OptionSpec("rate", value: "N", help: "Events per second.", default: "500"),
                .flag("keep", help: "Leave everything running until Ctrl-C, with an order a second and a page that shows it."),
                OptionSpec("kafka-home", value: "DIR", help: "An unpacked Apache Kafka 4.x; otherwise KAFKA_HOME."),
                OptionSpec(
                    "migrations", value: "DIR",
                    help: "The folder of the SQL files; otherwise OUTBOX_MIGRATIONS, or beside the program."),
            ],
            run: run)
    }

    private static func run(_ arguments: ParsedArguments) throws -> ExitCode {
        for name in ["config", "set", "env-file"] where arguments.option(name) != nil {
            throw UsageError("demo makes its own settings: --\(name) is of no use here", path: arguments.path)
        }
        var options = DemoOptions()
        options.seconds = try arguments.decimal("seconds", in: 1...300) ?? options.seconds
        options.rate = try arguments.integer("rate", in: 1...5_000) ?? options.rate
        options.keepsRunning = arguments.flag("keep")
        options.printsJSON = arguments.flag("json")
        options.environment = ProcessEnvironment.all
        options.kafkaHome = arguments.option("kafka-home") ?? options.environment["KAFKA_HOME"].flatMap { $0.isEmpty ? nil : $0 }
        options.migrations = arguments.option("migrations") ?? options.environment["OUTBOX_MIGRATIONS"]
        options.program = DemoEnvironment.programPath
        let stop = try StopSignal()
        let watcher = try SignalWatcher.start { _ in
            if stop.isSet {
                // Ends the live line that stands on the terminal.
                Terminal.printError("\n")
                _exit(130)
            }
            stop.set()
        }
        defer { watcher.stop() }
        DemoEnvironment.clear()
        return try Demo(options, stop: stop).run() ? .done : .failed
    }
}
