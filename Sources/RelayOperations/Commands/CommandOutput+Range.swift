public import CommandLineKit
import ServiceRuntime

/// Spans of time, and choices that cannot be understood, on the command line.
extension CommandOutput {
    public static let since = OptionSpec(
        "since", value: "TIME", help: "From this time on: 2026-01-02T03:04:05Z, or how long ago: 30m, 2h, 7d.")
    public static let until = OptionSpec("until", value: "TIME", help: "Before this time, written in the same ways.")

    /// `--since` and `--until`.
    public static func range(_ arguments: ParsedArguments) throws -> TimeRange {
        try usage(arguments) { () throws(OperationError) in
            try TimeRange(
                since: arguments.option("since"), until: arguments.option("until"), now: MonotonicTime.wallClockMicroseconds())
        }
    }

    /// What `body` does not understand is a usage error.
    public static func usage<Value>(
        _ arguments: ParsedArguments, _ body: () throws(OperationError) -> Value
    ) throws(UsageError) -> Value {
        do throws(OperationError) { return try body() } catch { throw UsageError(error.description, path: arguments.path) }
    }
}
