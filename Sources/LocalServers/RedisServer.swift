import Glibc
import ServiceRuntime
import Synchronization

/// A real Redis server that lives as long as this object: 127.0.0.1 only, a free port, nothing kept on disk.
///
/// It ends when our process ends, even by SIGKILL. One thread at a time starts and stops it.
public final class RedisServer: Sendable {
    /// The same for every start.
    public let port: Int
    private let folder: TemporaryFolder
    private let password: String?
    private let process = Mutex<ChildProcess?>(nil)

    /// Starts `redis-server`, found in PATH; returns when it accepts connections. Throws a `LocalServerError`.
    public init(password: String? = nil) throws(LocalServerError) {
        folder = try TemporaryFolder()
        port = try FreePort.next()
        self.password = password
        LivingServers.add(server: { [weak self] in self?.destroy() })
        try start()
    }

    deinit { destroy() }

    /// Where it is, with the password, for database 0.
    public var url: String { "redis://\(password.map { ":\($0)@" } ?? "")127.0.0.1:\(port)" }

    /// Starts it again, empty, after `stop`, `kill` or its own end.
    public func start() throws(LocalServerError) {
        // By file, so that no other user reads the password in the list of processes.
        var lines = [
            "bind 127.0.0.1", "port \(port)", "dir \(folder.path)", "save \"\"", "appendonly no", "daemonize no",
            "logfile \(logPath)",
        ]
        if let password { lines.append("requirepass \(password)") }
        let configuration = "\(folder.path)/redis.conf"
        try FileTree.write(lines.joined(separator: "\n") + "\n", to: configuration, mode: 0o600, owner: nil)
        var command = ChildCommand("redis-server", [configuration])
        command.standardOutput = .null
        command.standardError = .null
        let started: ChildProcess
        do {
            started = try ChildProcess(command)
        } catch {
            throw LocalServerError("redis-server: \(error)")
        }
        let deadline = MonotonicTime.now() + 10_000_000_000
        while !accepts() {
            if let status = started.wait(timeoutMilliseconds: 5) {
                throw LocalServerError("redis-server did not start: \(status)", log: TextFile.read(logPath) ?? "")
            }
            guard MonotonicTime.now() < deadline else {
                throw LocalServerError("redis-server was not ready within 10 s", log: TextFile.read(logPath) ?? "")
            }
        }
        process.withLock { $0 = started }
    }

    /// Stops it in good order; what it held is gone.
    public func stop() { take()?.terminate(graceMilliseconds: 5_000) }

    /// Ends it by SIGKILL.
    public func kill() { take()?.terminate(graceMilliseconds: 0, signal: SIGKILL) }

    /// Stops it where it stands: connections stay open and nothing answers, until `resume`.
    public func suspend() { process.withLock { $0 }?.signal(SIGSTOP) }

    /// Lets it go on.
    public func resume() { process.withLock { $0 }?.signal(SIGCONT) }

    /// Ends it and removes its folder. Callable any number of times.
    public func destroy() {
        kill()
        folder.remove()
    }

    private var logPath: String { "\(folder.path)/redis.log" }

    private func take() -> ChildProcess? {
        process.withLock { process in
            defer { process = nil }
            return process
        }
    }

    private func accepts() -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return LoopbackAddress.withSocketAddress(port: port) { connect(descriptor, $0, $1) } == 0
    }
}
