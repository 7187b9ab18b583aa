import Glibc
import LocalServers
public import ServiceRuntime
import Synchronization

/// A process of the built `outbox-relay`, found beside the test bundle, with its HTTP port on a free port and its log in a file.
///
/// It is killed with this object. Calls may come from any thread.
public final class RelayUnderTest: Sendable {
    /// Something did not happen in time; carries the end of the relay's log.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String

        public init(_ description: String) { self.description = description }
    }

    public let setup: RelaySetup
    public let httpPort: Int
    private let folder: TemporaryFolder
    private let process: ChildProcess
    private let startedAt: Int64

    public init(_ setup: RelaySetup) throws {
        self.setup = setup
        folder = try TemporaryFolder()
        httpPort = try FreePort.next()
        var words = setup.command
        for (key, value) in setup.settings + [("http.listen", "127.0.0.1:\(httpPort)")] { words += ["--set", "\(key)=\(value)"] }
        var command = ChildCommand(Self.executable, words)
        command.environment = setup.environment
        command.standardOutput = .file("\(folder.path)/relay.log")
        command.standardError = .output
        startedAt = MonotonicTime.now()
        process = try ChildProcess(command)
    }

    /// The program that the tests are about.
    public static var executable: String {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "\(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])/outbox-relay"
    }

    public var pid: Int32 { process.pid }
    public var isRunning: Bool { process.isRunning }
    /// Nanoseconds since it was started.
    public var age: Int64 { MonotonicTime.now() - startedAt }

    // MARK: What it says

    /// All that it has written to its log.
    public var logText: String { TextFile.read("\(folder.path)/relay.log") ?? "" }

    public func logTail(_ lines: Int = 20) -> String { logText.split(separator: "\n").suffix(lines).joined(separator: "\n") }

    /// nil while it does not answer.
    public func fetch(_ path: String) -> HTTPGet? { HTTPGet(port: httpPort, path: path) }

    public func status() -> RelayStatus? { fetch("/status").flatMap { RelayStatus(json: $0.body) } }

    public var isReady: Bool { fetch("/health/ready")?.status == 200 }

    /// The samples of `/metrics`: by name and labels as they stand there.
    public func metrics() -> [String: Double] {
        var samples: [String: Double] = [:]
        for line in (fetch("/metrics")?.body ?? "").split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else { continue }
            samples[String(line[..<space])] = value
        }
        return samples
    }

    /// Deliveries that it called back, when it lost its session, before their acknowledgement came, by its own count: each of these
    /// events can be in Kafka twice. 0 on a machine that is not overloaded.
    public var calledBackEvents: Int { Int(metrics()["outbox_relay_replayed_deliveries_total"] ?? 0) }

    /// The most memory it ever had resident, in bytes; nil once it has ended.
    public var peakMemory: Int? { ProcessMemory.peak(pid) }

    // MARK: Waiting

    /// Waits until `/health/ready` says 200.
    @discardableResult
    public func waitUntilReady(seconds: Double = 30) throws -> RelayUnderTest {
        try wait(seconds, "to be ready") { isReady }
        return self
    }

    /// Waits for a status that satisfies `predicate`.
    @discardableResult
    public func waitFor(_ what: String, seconds: Double = 30, _ predicate: (RelayStatus) -> Bool) throws -> RelayStatus {
        var last: RelayStatus?
        try wait(seconds, what) {
            last = status()
            return last.map(predicate) ?? false
        }
        guard let last else { throw Failure("no status") }
        return last
    }

    /// Waits for a text in the log.
    public func waitForLog(_ text: String, seconds: Double = 30) throws {
        try wait(seconds, "log line \(text)") { logText.contains(text) }
    }

    private func wait(_ seconds: Double, _ what: String, _ condition: () -> Bool) throws {
        guard
            Await.until(seconds: seconds, { condition() || !isRunning }), isRunning || condition()
        else {
            let state = process.wait(timeoutMilliseconds: 0).map { "\($0)" } ?? "still running"
            throw Failure(
                "\(setup.name): waited \(seconds) s for \(what) (\(state))\n\(status().map { "\($0)" } ?? "")\n\(logTail())")
        }
    }

    /// Waits for its end by itself; nil when it is still running then.
    public func waitForEnd(seconds: Double = 30) -> TerminationStatus? {
        process.wait(timeoutMilliseconds: Int64(seconds * 1_000))
    }

    // MARK: Ending

    /// SIGKILL, as the out-of-memory killer would.
    public func kill() {
        process.signal(SIGKILL)
        process.wait()
    }

    public func signal(_ number: Int32) { process.signal(number) }

    /// SIGTERM; returns how it ended. Throws when it has not within the time.
    @discardableResult
    public func terminate(seconds: Double = 15) throws -> TerminationStatus {
        process.signal(SIGTERM)
        guard let status = waitForEnd(seconds: seconds) else {
            throw Failure("\(setup.name) did not end within \(seconds) s of SIGTERM\n\(logTail())")
        }
        return status
    }
}
