import Glibc
import LocalServers
public import ServiceRuntime

/// A process of the built `outbox-fanout`, found beside ours, with its ports on free ports and its log in a file.
///
/// It is killed with this object. One thread at a time uses it.
public final class FanoutUnderTest {
    /// Where clients connect.
    public let port: Int
    /// Metrics, health, status, administration.
    public let httpPort: Int
    private let folder: TemporaryFolder
    private let process: ChildProcess

    /// - Parameters:
    ///   - settings: later values win; the addresses are this object's.
    ///   - port: where clients connect; nil for a free one.
    ///   - executable: nil for the one beside the relay.
    public init(_ settings: [(key: String, value: String)], port: Int? = nil, executable: String? = nil) throws {
        folder = try TemporaryFolder()
        self.port = try port ?? FreePort.next()
        httpPort = try FreePort.next()
        var words = ["run"]
        let own = [
            (key: "listen", value: "127.0.0.1:\(self.port)"), (key: "http.listen", value: "127.0.0.1:\(httpPort)"),
            (key: "log.format", value: "json"),
        ]
        for (key, value) in settings + own { words += ["--set", "\(key)=\(value)"] }
        var command = ChildCommand(executable ?? Self.executable, words)
        command.standardOutput = .file("\(folder.path)/fanout.log")
        command.standardError = .output
        process = try ChildProcess(command)
    }

    deinit { kill() }

    /// The program, beside the relay's.
    public static var executable: String {
        let relay = RelayUnderTest.executable
        return "\(relay[..<(relay.lastIndex(of: "/") ?? relay.startIndex)])/outbox-fanout"
    }

    public var pid: Int32 { process.pid }
    public var isRunning: Bool { process.isRunning }

    public var isReady: Bool { HTTPGet(port: httpPort, path: "/health/ready")?.status == 200 }

    /// Waits until it serves clients; false when it does not in time, or ended.
    public func waitUntilReady(seconds: Double = 30) -> Bool {
        let deadline = MonotonicTime.now() + Int64(seconds * 1_000_000_000)
        while isRunning, MonotonicTime.now() < deadline {
            if isReady { return true }
            usleep(20_000)
        }
        return false
    }

    /// nil while it does not answer.
    public var metricsText: String? { HTTPGet(port: httpPort, path: "/metrics")?.body }

    /// nil while it does not answer.
    public var statusText: String? { HTTPGet(port: httpPort, path: "/status")?.body }

    public var logText: String { TextFile.read("\(folder.path)/fanout.log") ?? "" }

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
