import CommandLineKit
import Glibc
import RelayOperations

/// `outbox-relay doctor`.
enum DoctorCommand {
    static var command: Command {
        Command(
            "doctor", summary: "Checks everything that the relay needs, and says how to mend what is wrong.",
            discussion: """
                Looks at the settings, Postgres, the table, publication, slot and checkpoint, at Kafka and its topics, and at the \
                relay when one runs. Changes nothing and produces nothing. Exit code 3 when a check failed.
                With --json: healthy, ok, warn, fail (counts), and findings, each with check, severity (ok, warn, fail), object, fact \
                and remedy.
                """,
            examples: ["outbox-relay doctor --config relay.properties"],
            run: { arguments in
                let settings = try CommonOptions.settings(arguments)
                var line = LiveLine()
                let style = TextStyle(enabled: Terminal.hasColors(STDOUT_FILENO))
                let report = try Doctor.examine(settings, style: style) { line.update($0 + " ...") }
                line.finish()
                return CommandOutput.print(report, arguments)
            })
    }
}
