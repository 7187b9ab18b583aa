import Glibc
import ServiceRuntime
import Synchronization

/// A real PostgreSQL server that lives as long as this object: its own data folder, 127.0.0.1 only, a free port, superuser
/// `postgres` without a password, `wal_level=logical`.
///
/// The server refuses to run as root, so as root it is run as the user `postgres`. It stops at once when our process ends, even by
/// SIGKILL. Its properties may be read from any thread; one thread at a time starts and stops it.
public final class TemporaryPostgres: Sendable {
    /// How a server is asked to stop.
    public enum StopMode: Sendable {
        /// Ends the sessions, writes a checkpoint, lets the replication receivers have the rest (`pg_ctl stop -m fast`).
        case fast
        /// Ends at once; the next start recovers (`-m immediate`).
        case immediate
    }

    private struct State {
        var port: Int
        var process: ChildProcess?
    }

    public let installation: PostgresInstallation
    private let folder: TemporaryFolder
    private let options: PostgresOptions
    private let state: Mutex<State>
    /// The user the server runs as, nil for ourselves.
    private let user: String?

    /// Makes the data folder and starts the server; returns when it accepts connections, after about a second.
    ///
    /// Throws a `LocalServerError` with the end of the log.
    public init(_ installation: PostgresInstallation, options: PostgresOptions = PostgresOptions()) throws(LocalServerError) {
        self.installation = installation
        self.options = options
        folder = try TemporaryFolder()
        user = geteuid() == 0 ? "postgres" : nil
        state = Mutex(State(port: try FreePort.next()))
        LivingServers.add(server: { [weak self] in self?.destroy() })
        if let user { try FileTree.give(folder.path, to: user) }
        try initialise()
        try start()
    }

    /// Makes a standby of another server out of a copy of its data, and starts both; the other one is stopped for the copy.
    ///
    /// - Parameter options: how it finds the other one is to be among its settings (`primary_conninfo`).
    public init(standbyOf primary: TemporaryPostgres, options: PostgresOptions) throws(LocalServerError) {
        installation = primary.installation
        self.options = options
        folder = try TemporaryFolder()
        user = geteuid() == 0 ? "postgres" : nil
        state = Mutex(State(port: try FreePort.next()))
        LivingServers.add(server: { [weak self] in self?.destroy() })
        if let user { try FileTree.give(folder.path, to: user) }
        try primary.stop()
        var copy = ChildCommand("cp", ["-a", primary.dataDirectory, dataDirectory])
        copy.user = user
        _ = try CommandResult.ofSuccess(copy, name: "copying a data folder")
        try FileTree.write("", to: "\(dataDirectory)/standby.signal", mode: 0o600, owner: user)
        try primary.start()
        try start()
    }

    deinit {
        destroy()
    }

    /// The port of the last start.
    public var port: Int { state.withLock { $0.port } }
    /// The data folder.
    public var dataDirectory: String { "\(folder.path)/data" }
    /// The process id of the postmaster, nil when it is not running.
    public var postmasterPID: Int32? { runningProcess?.pid }
    /// Whether the server process is alive.
    public var isRunning: Bool { runningProcess != nil }

    /// A libpq connection string for this server.
    public func dsn(user: String = "postgres", database: String = "postgres") -> String {
        "host=127.0.0.1 port=\(port) user=\(Self.quoted(user)) dbname=\(Self.quoted(database))"
    }

    /// The last lines of the server's log.
    public func logTail(_ lines: Int = 30) -> String {
        TextFile.tail("\(folder.path)/postgres.log", lines: lines)
    }

    /// Starts the stopped server on its data, on the same port or on another one (a fail-over drill). Returns when it accepts
    /// connections. Does nothing when it is running.
    public func start(port: Int? = nil) throws(LocalServerError) {
        guard !isRunning else { return }
        state.withLock { $0.port = port ?? $0.port }
        try FileTree.write(configuration(), to: "\(dataDirectory)/local.conf", mode: 0o600, owner: user)
        var command = ChildCommand("\(installation.binDirectory)/postgres", ["-D", dataDirectory])
        command.user = user
        command.workingDirectory = dataDirectory
        command.standardOutput = .file("\(folder.path)/postgres.log")
        command.standardError = .output
        // An immediate stop: the server ends its own children and gives its shared memory back, which SIGKILL would not.
        command.parentDeathSignal = .quit
        let process: ChildProcess
        do {
            process = try ChildProcess(command)
        } catch {
            throw LocalServerError("PostgreSQL \(installation.majorVersion): \(error)")
        }
        state.withLock { $0.process = process }
        try waitUntilReady(process)
    }

    /// Stops the server; returns when the process is gone.
    ///
    /// Throws when it is still there after the timeout: it is then killed, and what kept it is in the log.
    public func stop(_ mode: StopMode = .fast, timeoutMilliseconds: Int64 = 60_000) throws(LocalServerError) {
        guard let process = runningProcess else { return }
        process.signal(mode == .fast ? SIGINT : SIGQUIT)
        guard process.wait(timeoutMilliseconds: timeoutMilliseconds) == nil else { return }
        kill()
        throw LocalServerError("PostgreSQL did not stop within \(timeoutMilliseconds) ms", log: logTail())
    }

    /// Ends the postmaster and all its processes by SIGKILL, as the out-of-memory killer or a lost machine would.
    public func kill() {
        guard let process = runningProcess else { return }
        // Listed before and killed after it: orphans would end by themselves, but only at their next look, and a start before that
        // finds the shared memory in use.
        let children = Self.children(of: process.pid)
        process.signal(SIGKILL)
        process.wait()
        for child in children { Glibc.kill(child, SIGKILL) }
        for child in children {
            while Glibc.kill(child, 0) == 0 && !Self.isZombie(child) { usleep(1000) }
        }
    }

    /// Stops and starts on the same port.
    public func restart(_ mode: StopMode = .fast) throws(LocalServerError) {
        try stop(mode)
        try start()
    }

    /// Kills the server and removes its folder. Callable any number of times; nothing can be started afterwards.
    public func destroy() {
        kill()
        removeSharedMemory()
        folder.remove()
    }

    private var runningProcess: ChildProcess? {
        state.withLock { state in
            if state.process?.isRunning == false { state.process = nil }
            return state.process
        }
    }

    // MARK: Making the cluster

    private func initialise() throws(LocalServerError) {
        try FileTree.makeFolder(dataDirectory, mode: 0o700, owner: user)
        let arguments = [
            "-D", dataDirectory, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions",
        ]
        var command = ChildCommand("\(installation.binDirectory)/initdb", arguments)
        command.user = user
        command.workingDirectory = dataDirectory
        _ = try CommandResult.ofSuccess(command, name: "initdb of PostgreSQL \(installation.majorVersion)")
        let trust = ["local all all trust", "host all all 127.0.0.1/32 trust"]
        let replicationTrust = ["local replication all trust", "host replication all 127.0.0.1/32 trust"]
        let lines = options.authenticationLines + trust + replicationTrust
        try FileTree.write(lines.joined(separator: "\n") + "\n", to: "\(dataDirectory)/pg_hba.conf", mode: 0o600, owner: user)
        // An included file leaves the last word to ALTER SYSTEM.
        let main = "\(dataDirectory)/postgresql.conf"
        try FileTree.write((TextFile.read(main) ?? "") + "\ninclude 'local.conf'\n", to: main, mode: 0o600, owner: user)
        try installCertificates()
    }

    private func installCertificates() throws(LocalServerError) {
        let files = [
            ("server.crt", options.certificate?.certificatePath), ("server.key", options.certificate?.keyPath),
            ("clients.crt", options.clientAuthority),
        ]
        for case (let name, let source?) in files {
            guard let text = TextFile.read(source) else { throw LocalServerError("cannot read \(source)") }
            try FileTree.write(text, to: "\(dataDirectory)/\(name)", mode: 0o600, owner: user)
        }
    }

    private func configuration() -> String {
        var settings = [
            "listen_addresses": "127.0.0.1", "port": String(port), "unix_socket_directories": folder.path,
            "wal_level": "logical", "max_wal_senders": "10", "max_replication_slots": "10",
            "fsync": options.isDurable ? "on" : "off", "log_line_prefix": "%m [%p] %a ",
            // In the data folder instead of /dev/shm: goes with the folder also after a SIGKILL.
            "dynamic_shared_memory_type": "mmap",
        ]
        if options.certificate != nil {
            settings.merge(["ssl": "on", "ssl_cert_file": "server.crt", "ssl_key_file": "server.key"]) { $1 }
        }
        if options.clientAuthority != nil { settings["ssl_ca_file"] = "clients.crt" }
        settings.merge(options.settings) { $1 }
        return settings.sorted { $0.key < $1.key }
            .map { "\($0.key) = '\($0.value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'\n" }
            .joined()
    }

    // MARK: Watching the processes

    /// The postmaster itself writes into its lock file that it accepts connections (line 8); line 1 tells its file from the one that
    /// a killed predecessor left.
    private func waitUntilReady(_ process: ChildProcess) throws(LocalServerError) {
        let deadline = MonotonicTime.now() + 60_000_000_000
        while MonotonicTime.now() < deadline {
            let lines = lockFileLines()
            if lines.count >= 8, Int32(lines[0]) == process.pid, ["ready", "standby"].contains(lines[7]) { return }
            if let status = process.wait(timeoutMilliseconds: 5) {
                throw LocalServerError("PostgreSQL \(installation.majorVersion) did not start: \(status)", log: logTail())
            }
        }
        kill()
        throw LocalServerError("PostgreSQL \(installation.majorVersion) was not ready within 60 s", log: logTail())
    }

    private func lockFileLines() -> [String] {
        (TextFile.read("\(dataDirectory)/postmaster.pid") ?? "")
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { String($0.prefix { $0 != " " }) }
    }

    /// A killed postmaster leaves its few bytes of System V shared memory behind, and their id on line 7 of the lock file.
    private func removeSharedMemory() {
        let lines = (TextFile.read("\(dataDirectory)/postmaster.pid") ?? "").split(
            separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 7, let id = lines[6].split(separator: " ").last.flatMap({ Int32($0) }) else { return }
        shmctl(id, IPC_RMID, nil)
    }

    private static func children(of pid: Int32) -> [Int32] {
        (TextFile.read("/proc/\(pid)/task/\(pid)/children") ?? "").split(separator: " ").compactMap { Int32($0) }
    }

    private static func isZombie(_ pid: Int32) -> Bool {
        guard let facts = TextFile.read("/proc/\(pid)/stat"), let end = facts.lastIndex(of: ")") else { return true }
        return facts[end...].dropFirst(2).first == "Z"
    }

    private static func quoted(_ value: String) -> String {
        let escaped = value.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }
        return "'\(escaped.joined())'"
    }
}
