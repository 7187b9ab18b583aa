import Glibc
import ServiceRuntime

/// librdkafka's mock cluster, as a process of its own that ends with this object: the `mock-broker` executable of this project.
public final class MockKafka: Sendable {
    /// The bootstrap servers.
    public let bootstrap: String
    private let process: ChildProcess

    /// Starts the executable found in `folder`, or beside our own executable. Throws a `LocalServerError` when it is not there or
    /// does not come up.
    public init(brokers: Int = 1, folder: String? = nil) throws(LocalServerError) {
        guard let folder = folder ?? Self.ownFolder() else { throw LocalServerError("cannot read /proc/self/exe") }
        var command = ChildCommand("\(folder)/mock-broker", ["--brokers", String(brokers)])
        command.standardInput = .pipe
        command.standardOutput = .pipe
        do {
            process = try ChildProcess(command)
        } catch {
            throw LocalServerError("mock-broker: \(error)")
        }
        bootstrap = try Self.firstLine(of: process)
        LivingServers.add(server: { [weak self] in self?.destroy() })
    }

    /// The process id.
    public var pid: Int32 { process.pid }

    /// Stops the cluster; everything it held is gone. Callable any number of times.
    public func destroy() {
        process.closeStandardInput()
        process.terminate(graceMilliseconds: 2000)
    }

    private static func firstLine(of process: ChildProcess) throws(LocalServerError) -> String {
        let output = process.standardOutput ?? -1
        var line: [UInt8] = []
        let deadline = MonotonicTime.now() + 10_000_000_000
        while MonotonicTime.now() < deadline {
            guard let found = try? waitReadable([PollTarget(output)], timeoutMilliseconds: 1000) else { break }
            if found[0].isEmpty { continue }
            var byte: UInt8 = 0
            guard read(output, &byte, 1) == 1 else { break }
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        process.terminate(graceMilliseconds: 0)
        throw LocalServerError("mock-broker did not tell its address")
    }

    private static func ownFolder() -> String? {
        guard let resolved = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(resolved) }
        let path = String(cString: resolved)
        return path.lastIndex(of: "/").map { String(path[..<$0]) }
    }
}
