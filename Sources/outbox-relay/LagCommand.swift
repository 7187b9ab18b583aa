import CommandLineKit
import RelayCore
import RelayOperations

/// `outbox-relay lag`.
enum LagCommand {
    static var command: Command {
        Command(
            "lag", summary: "Shows how far behind the relay is; exit code 3 above a limit.",
            discussion: """
                Lag, retained WAL and backlog come from the database; delivery times from the relay, where it answers. Exit code 3 \
                above --max-bytes, and for a slot that the server has invalidated.
                With --json: slot, streaming, confirmed_lag_bytes, retained_wal_bytes, safe_wal_bytes, wal_status, pending_rows, \
                pending_rows_is_minimum, oldest_pending_seconds, delivery_p99_seconds, max_bytes, within_limit. Unknown is null.
                """,
            examples: ["outbox-relay lag --max-bytes 104857600"],
            options: [OptionSpec("max-bytes", value: "N", help: "More confirmed lag than this is wrong."), CommandOutput.url],
            run: { arguments in
                let limit = try arguments.integer("max-bytes", in: 0...Int.max)
                let settings = try CommonOptions.settings(arguments)
                let session = try OperatorSession(.init(settings))
                let report = try LagReport.report(
                    session, address: try CommandOutput.address(arguments, settings), maximumBytes: limit)
                return CommandOutput.print(report, arguments)
            })
    }
}
