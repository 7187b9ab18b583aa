import Glibc
import LocalServers
import ServiceRuntime

/// `outbox-consumer run` as a child, watched through its own metrics. Used by one thread.
final class ConsumerProcess {
    private let process: ChildProcess
    private let metrics: MetricsClient
    private let logPath: String
    private let folder: TemporaryFolder

    /// - Parameter settings: `key=value`, over those that point it at the servers.
    init(_ servers: BenchServers, executable: String, only: String, settings: [String]) throws {
        let port = try FreePort.next()
        folder = try TemporaryFolder()
        logPath = "\(folder.path)/consumer.log"
        let own = [
            "postgres.dsn=\(servers.postgres.dsn(user: BenchServers.user, database: BenchServers.database))",
            "kafka.bootstrap.servers=\(servers.bootstrap)", "http.listen=127.0.0.1:\(port)",
        ]
        var command = ChildCommand(executable, ["run", "--only", only] + (own + settings).flatMap { ["--set", $0] })
        command.standardOutput = .file(logPath)
        command.standardError = .output
        process = try ChildProcess(command)
        metrics = MetricsClient(port: port)
    }

    /// Its metrics now; nil when it does not answer yet. Throws when it has ended.
    func scrape() throws -> MetricSamples? {
        guard process.isRunning else {
            throw BenchError("outbox-consumer ended with \(process.wait().map { "\($0)" } ?? "?"):\n\(logTail)")
        }
        return metrics.scrape()
    }

    func usage() -> ProcessUsage? { ProcessUsage.of(process.pid) }

    /// Asks it to stop, as a service manager would. Throws when it does not end well within 20 s.
    func stop() throws {
        let status = process.terminate(graceMilliseconds: 20_000)
        guard status?.isSuccess == true else {
            throw BenchError("outbox-consumer did not stop properly (\(status.map { "\($0)" } ?? "?")):\n\(logTail)")
        }
    }

    var logTail: String { TextFiles.tail(logPath, lines: 15) }
}
