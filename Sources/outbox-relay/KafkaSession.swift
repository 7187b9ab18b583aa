import CommandLineKit
import Configuration
import RelayCore
import RelayOperations
import ServiceRuntime

extension CommandOutput {
    static let since = OptionSpec(
        "since", value: "TIME", help: "From this time on: 2026-01-02T03:04:05Z, or how long ago: 30m, 2h, 7d.")
    static let until = OptionSpec("until", value: "TIME", help: "Before this time, written in the same ways.")

    /// A session for a command that needs Kafka as well: settings without brokers are a usage error.
    static func kafkaSession(_ arguments: ParsedArguments) throws -> OperatorSession {
        let settings = try CommonOptions.settings(arguments)
        do throws(ConfigurationError) { try settings.requireKafka() } catch {
            throw UsageError("\(error)", path: arguments.path)
        }
        return try OperatorSession(RelayOptions(settings))
    }

    /// `--since` and `--until`.
    static func range(_ arguments: ParsedArguments) throws -> TimeRange {
        try usage(arguments) { () throws(OperationError) in
            try TimeRange(
                since: arguments.option("since"), until: arguments.option("until"), now: MonotonicTime.wallClockMicroseconds())
        }
    }

    /// What `body` does not understand is a usage error.
    static func usage<Value>(
        _ arguments: ParsedArguments, _ body: () throws(OperationError) -> Value
    ) throws(UsageError) -> Value {
        do throws(OperationError) { return try body() } catch { throw UsageError(error.description, path: arguments.path) }
    }
}
