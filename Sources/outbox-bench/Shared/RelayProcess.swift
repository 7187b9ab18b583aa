import Glibc
import LocalServers
import ServiceRuntime

/// `outbox-relay run` as a child, watched through its own metrics. Used by one thread.
final class RelayProcess {
    private let process: ChildProcess
    private let metrics: MetricsClient
    private let logPath: String
    private let folder: TemporaryFolder

    /// Starts the relay on a slot.
    ///
    /// - Parameters:
    ///   - settings: `key=value`, over those that point it at the servers.
    init(
        _ servers: BenchServers, options: BenchOptions, slot: String, settings: [String]
    ) throws {
        let port = try FreePort.next()
        folder = try TemporaryFolder()
        logPath = "\(folder.path)/relay.log"
        let own = [
            "postgres.dsn=\(servers.postgres.dsn(user: BenchServers.user, database: BenchServers.database))",
            "kafka.bootstrap.servers=\(servers.bootstrap)", "publication.name=\(BenchServers.publication)", "slot.name=\(slot)",
            "http.listen=127.0.0.1:\(port)", "mode=cdc",
        ]
        var command = ChildCommand(
            options.relayPath, ["run"] + (own + settings + options.relaySettings).flatMap { ["--set", $0] })
        command.standardOutput = .file(logPath)
        command.standardError = .output
        process = try ChildProcess(command)
        metrics = MetricsClient(port: port)
    }

    var pid: Int32 { process.pid }

    /// Its metrics now; nil when it does not answer yet. Throws when it has ended.
    func scrape() throws -> MetricSamples? {
        guard process.isRunning else {
            throw BenchError(
                "the relay ended with \(process.wait().map { "\($0)" } ?? "?"):\n\(TextFiles.tail(logPath, lines: 15))")
        }
        return metrics.scrape()
    }

    /// Returns when it streams from its slot.
    func waitUntilStreaming(stop: StopSignal) throws {
        let deadline = MonotonicTime.now() + 60_000_000_000
        while MonotonicTime.now() < deadline {
            if stop.isSet { throw BenchError.interrupted }
            if try scrape()?.value("outbox_relay_mode{mode=\"cdc\"}") == 1 { return }
            usleep(50_000)
        }
        throw BenchError("the relay did not stream within 60 s:\n\(TextFiles.tail(logPath, lines: 15))")
    }

    func usage() -> ProcessUsage? { ProcessUsage.of(process.pid) }

    /// Asks it to stop, as a service manager would. Throws when it does not end well within 15 s.
    func stop() throws {
        let status = process.terminate(graceMilliseconds: 15_000)
        guard status?.isSuccess == true else {
            throw BenchError(
                "the relay did not stop properly (\(status.map { "\($0)" } ?? "?")):\n\(TextFiles.tail(logPath, lines: 15))")
        }
    }

    var logTail: String { TextFiles.tail(logPath, lines: 15) }
}
