import CommandLineKit
import ServiceRuntime

/// The result of a measurement, for people and for programs.
protocol BenchReport {
    var text: String { get }
    var json: JSONValue { get }
    /// Whether everything that was written arrived.
    var isClean: Bool { get }
}

extension BenchReport {
    /// Runs a measurement with its progress on standard error and Ctrl-C watched for, prints its report and says how the program is to
    /// end.
    static func run(
        _ options: BenchOptions, measure: (StopSignal, Progress) throws -> Self
    ) throws -> ExitCode {
        try BenchOptions.withStopSignal { stop in
            let progress = Progress()
            defer { progress.finish() }
            let report = try measure(stop, progress)
            progress.finish()
            Terminal.print(options.isJSON ? report.json.render(pretty: true) : report.text)
            return report.isClean ? .done : .failed
        }
    }
}
