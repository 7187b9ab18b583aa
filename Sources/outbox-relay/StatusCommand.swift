import CommandLineKit
import Glibc
import RelayCore
import RelayOperations
import ServiceRuntime

/// `outbox-relay status`.
enum StatusCommand {
    static var command: Command {
        Command(
            "status", summary: "Shows on one screen how the relay is doing.",
            discussion: """
                Asks the running relay over HTTP; when none answers, the database: slot, checkpoint, backlog, and who streams. \
                Exit code 3 unless events flow or the relay stands by for another instance.
                With --json: source (relay, database, none), ready, relay_problem, relay (what /status answers, without the \
                configuration), database_problem, database; with --watch one document a line.
                """,
            examples: ["outbox-relay status", "outbox-relay status --watch 5", "outbox-relay status --url http://relay-1:9464"],
            options: [.flag("watch", short: "w", help: "Look again and again until Ctrl-C."), CommandOutput.url],
            arguments: [ArgumentSpec("SECONDS", help: "Between two looks of --watch; 2 unless given.", count: .optional)],
            run: run)
    }

    private static func run(_ arguments: ParsedArguments) throws -> ExitCode {
        let interval = try interval(arguments)
        let settings = try CommonOptions.settings(arguments)
        let screen = StatusScreen(try .init(settings), address: try CommandOutput.address(arguments, settings))
        let style = TextStyle(enabled: Terminal.hasColors(STDOUT_FILENO))
        guard let interval else { return CommandOutput.print(screen.look(style: style), arguments) }
        return try watch(screen, style, interval, json: arguments.flag("json"))
    }

    /// Milliseconds between two looks; nil for one look.
    private static func interval(_ arguments: ParsedArguments) throws(UsageError) -> Int64? {
        let word = arguments.argument("SECONDS")
        guard arguments.flag("watch") else {
            guard word == nil else { throw UsageError("SECONDS goes with --watch", path: arguments.path) }
            return nil
        }
        let seconds = word.map { Double($0) } ?? 2
        guard let seconds, (0.1...86_400).contains(seconds) else {
            throw UsageError("SECONDS has to be a number from 0.1 to 86400", path: arguments.path)
        }
        return Int64(seconds * 1_000)
    }

    private static func watch(_ screen: StatusScreen, _ style: TextStyle, _ interval: Int64, json: Bool) throws -> ExitCode {
        let interruption = try Interruption()
        let rewrites = !json && Terminal.isInteractive(STDOUT_FILENO)
        var isRight = true
        while !interruption.stop.isSet {
            let report = screen.look(style: style)
            isRight = report.isRight
            // Home, the new screen, then erase what is left of the old one (ECMA-48 CUP, EL, ED): no flicker.
            let text =
                json
                ? report.json.render() + "\n"
                : rewrites
                    ? "\u{1B}[H" + report.text.replacing("\n", with: "\u{1B}[K\n") + "\u{1B}[J" : report.text + "\n"
            guard Terminal.write(text, to: STDOUT_FILENO) else { break }
            _ = try waitReadable([PollTarget(interruption.stop.fileDescriptor)], timeoutMilliseconds: interval)
        }
        return isRight ? .done : .checkedAndWrong
    }
}
