import Configuration
import Foundation
import Testing

/// deploy/systemd/outbox-relay.service.
struct SystemdUnitTests {
    private let unit: String

    init() throws { unit = try Project.text("deploy/systemd/outbox-relay.service") }

    private func value(_ key: String) -> String? { unit.matches("^\(key)=(.*)$").last }

    /// Runs systemd-analyze over the unit, its program replaced by one that is installed here.
    private func analyze(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("outbox-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("outbox-relay.service")
        try unit.replacing("/usr/local/bin/outbox-relay", with: "/bin/true").write(to: file, atomically: true, encoding: .utf8)
        return try Project.run(try #require(Project.program("systemd-analyze")), arguments + [file.path])
    }

    @Test(.enabled(if: Project.canRun("systemd-analyze"), "systemd is not installed"))
    func `systemd finds nothing to complain about`() throws {
        let (status, output) = try analyze(["verify"])
        // Others' units of this machine are none of ours.
        let ours = output.split(separator: "\n").filter { $0.contains("outbox-relay.service") }
        #expect(ours.isEmpty, "\(output)")
        #expect(status == 0, "\(output)")
    }

    @Test(.enabled(if: Project.canRun("systemd-analyze"), "systemd is not installed"))
    func `its exposure stays low`() throws {
        let (_, output) = try analyze(["security", "--offline=true", "--no-pager"])
        let level = output.matches("Overall exposure level for outbox-relay.service: ([0-9.]+)").first.flatMap { Double($0) }
        #expect(try #require(level, "\(output)") <= 1.5)
    }

    @Test func `it leaves the relay the time that it takes`() throws {
        #expect(value("Type") == "notify")
        #expect(value("TimeoutStartSec") == "infinity")
        let stop = try #require(value("TimeoutStopSec").flatMap { Int($0) })
        let drain = try #require(
            SettingsReference.relay.all.first { $0.key == "drain.timeout.ms" }.flatMap { Int($0.defaultText) })
        #expect(stop * 1000 >= drain + 5000)
        #expect(value("RestartPreventExitStatus") == "2", "exit code 2 is a usage error, which no restart mends")
    }

    @Test func `the variables that name its credentials are settings, and each has its credential`() throws {
        let assignments = unit.matches("^#?Environment=(.*)$")
        #expect(assignments.count == 2)
        let credentials = Set(unit.matches("^#?LoadCredential=([^:]*):"))
        var environment: [String: String] = [:]
        for assignment in assignments {
            let parts = assignment.split(separator: "=", maxSplits: 1)
            let file = parts[1].split(separator: "/").last.map(String.init) ?? ""
            #expect(parts[1].hasPrefix("%d/"))
            #expect(credentials.contains(file), "\(file)")
            environment[String(parts[0])] = "/does/not/exist"
        }
        let problems = try #require(throws: ConfigurationError.self) {
            _ = try SettingsLoader.load(file: nil, environment: environment)
        }
        for problem in problems.problems { #expect("\(problem)".contains("/does/not/exist"), "\(problem)") }
    }
}
