import Glibc
import LocalServers
import ServiceRuntime

/// One of the project's programs as a child, told where the servers are and watched through its own metrics. Used by one thread.
final class MeasuredProcess {
    private let name: String
    private let process: ChildProcess
    private let metrics: MetricsClient
    private let logPath: String
    private let folder: TemporaryFolder

    /// Starts it.
    ///
    /// - Parameters:
    ///   - name: for messages.
    ///   - words: before the settings.
    ///   - settings: `key=value`, over those that point it at the servers.
    init(_ servers: BenchServers, name: String, executable: String, words: [String], settings: [String]) throws {
        self.name = name
        let port = try FreePort.next()
        folder = try TemporaryFolder()
        logPath = "\(folder.path)/log"
        let own = [
            "postgres.dsn=\(servers.postgres.dsn(user: BenchServers.user, database: BenchServers.database))",
            "kafka.bootstrap.servers=\(servers.bootstrap)", "http.listen=127.0.0.1:\(port)",
        ]
        var command = ChildCommand(executable, words + (own + settings).flatMap { ["--set", $0] })
        command.standardOutput = .file(logPath)
        command.standardError = .output
        process = try ChildProcess(command)
        metrics = MetricsClient(port: port)
    }

    /// `outbox-relay run` on a slot.
    static func relay(
        _ servers: BenchServers, options: BenchOptions, slot: String, settings: [String]
    ) throws -> MeasuredProcess {
        let own = ["publication.name=\(BenchServers.publication)", "slot.name=\(slot)", "mode=cdc"]
        return try MeasuredProcess(
            servers, name: "the relay", executable: options.relayPath, words: ["run"],
            settings: own + settings + options.relaySettings)
    }

    /// `outbox-consumer run` with one consumer.
    static func consumer(
        _ servers: BenchServers, executable: String, only: String, settings: [String]
    ) throws -> MeasuredProcess {
        try MeasuredProcess(
            servers, name: "outbox-consumer", executable: executable, words: ["run", "--only", only], settings: settings)
    }

    var pid: Int32 { process.pid }

    /// Its metrics now; nil when it does not answer yet. Throws when it has ended.
    func scrape() throws -> MetricSamples? {
        guard process.isRunning else {
            throw BenchError("\(name) ended with \(process.wait().map { "\($0)" } ?? "?"):\n\(logTail)")
        }
        return metrics.scrape()
    }

    /// Returns when it, a relay, streams from its slot.
    func waitUntilStreaming(stop: StopSignal) throws {
        let deadline = MonotonicTime.now() + 60_000_000_000
        while MonotonicTime.now() < deadline {
            if stop.isSet { throw BenchError.interrupted }
            if try scrape()?.value("outbox_relay_mode{mode=\"cdc\"}") == 1 { return }
            usleep(50_000)
        }
        throw BenchError("\(name) did not stream within 60 s:\n\(logTail)")
    }

    /// What it has used so far; throws when it is gone.
    func usage() throws -> ProcessUsage {
        guard let usage = ProcessUsage.of(process.pid) else { throw BenchError("\(name) is gone:\n\(logTail)") }
        return usage
    }

    /// Asks it to stop, as a service manager would. Throws when it does not end well within 20 s.
    func stop() throws {
        let status = process.terminate(graceMilliseconds: 20_000)
        guard status?.isSuccess == true else {
            throw BenchError("\(name) did not stop properly (\(status.map { "\($0)" } ?? "?")):\n\(logTail)")
        }
    }

    var logTail: String { TextFile.tail(logPath, lines: 15) }
}
