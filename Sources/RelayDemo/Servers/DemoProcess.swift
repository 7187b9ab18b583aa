import Glibc
import LocalServers
import ServiceRuntime

/// One of our programs as a user would run it: its `run` as a process of its own, with a configuration file and a log.
final class DemoProcess: Sendable {
    let configurationPath: String
    let logPath: String
    let httpPort: Int
    /// "relay": names its files, and itself in messages.
    private let name: String
    private let folder: TemporaryFolder
    private let process: ChildProcess

    /// - Parameters:
    ///   - program: its absolute path.
    ///   - settings: lines of the configuration; where health is asked and what the log looks like are this object's.
    init(_ name: String, program: String, settings: [(key: String, value: String)]) throws(DemoError) {
        self.name = name
        do throws(LocalServerError) {
            folder = try TemporaryFolder()
            httpPort = try FreePort.next()
        } catch { throw DemoError("\(error)") }
        configurationPath = "\(folder.path)/\(name).properties"
        logPath = "\(folder.path)/\(name).log"
        let own = [(key: "http.listen", value: "127.0.0.1:\(httpPort)"), (key: "log.format", value: "text")]
        try Self.write((settings + own).map { "\($0.key)=\($0.value)\n" }.joined(), to: configurationPath)
        var command = ChildCommand(program, ["run", "--config", configurationPath])
        command.standardOutput = .file(logPath)
        command.standardError = .output
        do throws(SystemError) { process = try ChildProcess(command) } catch { throw DemoError("\(program) run: \(error)") }
    }

    deinit { destroy() }

    /// - Parameter dsn: libpq's connection string.
    static func relay(program: String, dsn: String, bootstrap: String) throws(DemoError) -> DemoProcess {
        try DemoProcess(
            "relay", program: program,
            settings: [(key: "postgres.dsn", value: dsn), (key: "kafka.bootstrap.servers", value: bootstrap)])
    }

    /// Nil while it runs.
    var end: TerminationStatus? { process.wait(timeoutMilliseconds: 0) }

    var statusURL: String { "http://127.0.0.1:\(httpPort)/status" }
    var metricsURL: String { "http://127.0.0.1:\(httpPort)/metrics" }

    /// Returns when events flow. Throws when the program ends, or does not get there in 30 s, with the end of its log.
    func waitUntilReady(stop: StopSignal, waiting: () -> Void) throws(DemoError) {
        let deadline = MonotonicTime.now() + 30_000_000_000
        while LocalHTTP.status(port: httpPort, path: "/health/ready") != 200 {
            if stop.isSet { throw DemoError.interrupted }
            try requireRunning()
            if MonotonicTime.now() > deadline {
                throw DemoError("The \(name) was not ready within 30 s. The end of its log:\n\(logTail())")
            }
            waiting()
            _ = try? waitReadable([PollTarget(stop.fileDescriptor)], timeoutMilliseconds: 20)
        }
    }

    func requireRunning() throws(DemoError) {
        guard let end else { return }
        throw DemoError("The \(name) has ended (\(end)). The end of its log:\n\(logTail())")
    }

    /// The last lines of the log, indented.
    func logTail() -> String {
        guard let file = fopen(logPath, "re") else { return "" }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        fseek(file, max(0, ftell(file) - 8192), SEEK_SET)
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = fread(&bytes, 1, bytes.count, file)
        let lines = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n").suffix(12)
        return lines.map { "  \($0)" }.joined(separator: "\n")
    }

    /// Stops it as a service manager would, and removes its files. Callable any number of times.
    func destroy() {
        process.terminate(graceMilliseconds: 5_000)
        folder.remove()
    }

    private static func write(_ text: String, to path: String) throws(DemoError) {
        guard let file = fopen(path, "we") else { throw DemoError("\(path): \(String(cString: strerror(errno)))") }
        let bytes = Array(text.utf8)
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else { throw DemoError("\(path): cannot be written") }
    }
}
