import Foundation
import Glibc
public import LocalServers
import ServiceRuntime

/// A running chromedriver on a free port of 127.0.0.1, which starts Chromium for each `Browser`.
///
/// It ends with this object, and with our process; so does every Chromium that it started.
public final class ChromeDriver: Sendable {
    public let http: LoopbackHTTP
    private let process: ChildProcess
    private let folder: TemporaryFolder

    /// Why no browser can be started here; nil when one can. Debian's packages are `chromium` and `chromium-driver`.
    public static var missing: String? {
        let wanted = ["/usr/bin/chromium", "/usr/bin/chromedriver", "/usr/bin/python3"]
        let programs = wanted.filter { !FileManager.default.isExecutableFile(atPath: $0) }
        return programs.isEmpty
            ? nil : "browser tests need \(programs.joined(separator: " and ")): apt-get install chromium chromium-driver python3"
    }

    /// Returns when it answers. Throws a `LocalServerError`.
    public init() throws(LocalServerError) {
        folder = try TemporaryFolder()
        let launcher = "\(folder.path)/chromium"
        // Without this Chromium outlives a driver that is killed.
        let script = "#!/bin/sh\nexec setpriv --pdeathsig KILL -- /usr/bin/chromium \"$@\"\n"
        guard
            FileManager.default.createFile(
                atPath: launcher, contents: Data(script.utf8), attributes: [.posixPermissions: 0o755])
        else { throw LocalServerError("cannot write \(launcher)") }
        let port = try FreePort.next()
        http = LoopbackHTTP(port: port)
        var command = ChildCommand("/usr/bin/chromedriver", ["--port=\(port)", "--log-path=\(folder.path)/driver.log"])
        command.standardOutput = .null
        command.standardError = .null
        // Chromium's own scratch files go with ours.
        command.environment = ["TMPDIR": folder.path, "HOME": folder.path]
        do {
            process = try ChildProcess(command)
        } catch {
            throw LocalServerError("chromedriver: \(error)")
        }
        let deadline = MonotonicTime.now() + 30_000_000_000
        while (try? http.request("GET", "/status"))?.status != 200 {
            guard process.isRunning, MonotonicTime.now() < deadline else {
                throw LocalServerError("chromedriver did not start", log: Self.text("\(folder.path)/driver.log") ?? "")
            }
            usleep(20_000)
        }
    }

    deinit { destroy() }

    /// What starts Chromium.
    var binary: String { "\(folder.path)/chromium" }

    /// A folder for the profile of one Chromium.
    func profile(_ name: String) -> String { "\(folder.path)/\(name)" }

    /// Ends the driver and what is left of its browsers. Callable any number of times.
    public func destroy() {
        process.terminate(graceMilliseconds: 2_000)
        for pid in browsers() { kill(pid, SIGKILL) }
        folder.remove()
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The processes that use a profile of ours, and no others.
    private func browsers() -> [Int32] {
        guard let listing = opendir("/proc") else { return [] }
        defer { closedir(listing) }
        var found: [Int32] = []
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let pid = Int32(name), let line = Self.text("/proc/\(pid)/cmdline"), line.contains(folder.path) else {
                continue
            }
            found.append(pid)
        }
        return found
    }
}
