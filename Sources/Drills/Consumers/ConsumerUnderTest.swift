import Glibc
import LocalServers
public import ServiceRuntime

/// A process of the built `outbox-consumer`, found beside ours, with its HTTP port on a free port and its log in a file.
///
/// It is killed with this object. One thread at a time uses it.
public final class ConsumerUnderTest {
    public let httpPort: Int
    private let folder: TemporaryFolder
    private let process: ChildProcess

    /// - Parameters:
    ///   - settings: later values win; the HTTP address is this object's.
    ///   - arguments: further ones of `run`.
    public init(_ settings: [(key: String, value: String)], arguments: [String] = []) throws {
        folder = try TemporaryFolder()
        httpPort = try FreePort.next()
        var words = ["run"] + arguments
        for (key, value) in settings + [("http.listen", "127.0.0.1:\(httpPort)"), ("log.format", "json")] {
            words += ["--set", "\(key)=\(value)"]
        }
        var command = ChildCommand(Self.executable, words)
        command.standardOutput = .file("\(folder.path)/consumer.log")
        command.standardError = .output
        process = try ChildProcess(command)
    }

    deinit { kill() }

    /// The program, beside the relay's.
    public static var executable: String {
        let relay = RelayUnderTest.executable
        return "\(relay[..<(relay.lastIndex(of: "/") ?? relay.startIndex)])/outbox-consumer"
    }

    public var pid: Int32 { process.pid }
    public var isRunning: Bool { process.isRunning }

    public var isReady: Bool { HTTPGet(port: httpPort, path: "/health/ready")?.status == 200 }

    /// The most memory it ever had resident, in bytes; nil once it has ended.
    public var peakMemory: Int? { ProcessMemory.peak(pid) }

    /// nil while it does not answer.
    public var metricsText: String? { HTTPGet(port: httpPort, path: "/metrics")?.body }

    /// nil while it does not answer.
    public var statusText: String? { HTTPGet(port: httpPort, path: "/status")?.body }

    public var logText: String { TextFile.read("\(folder.path)/consumer.log") ?? "" }

    public func logTail(_ lines: Int = 20) -> String { logText.split(separator: "\n").suffix(lines).joined(separator: "\n") }

    /// SIGKILL, as the out-of-memory killer would.
    public func kill() {
        process.signal(SIGKILL)
        process.wait()
    }

    /// SIGTERM; how it ended, nil when it had to be killed because it did not within the time.
    public func terminate(seconds: Double = 40) -> TerminationStatus? {
        process.signal(SIGTERM)
        let status = process.wait(timeoutMilliseconds: Int64(seconds * 1_000))
        if status == nil { kill() }
        return status
    }
}
