import Configuration
import Foundation
import Testing

/// The units in deploy/systemd.
struct SystemdUnitTests {
    private static let programs = ["outbox-relay", "outbox-consumer", "outbox-fanout"]

    private func unit(_ program: String) throws -> String { try Project.text("deploy/systemd/\(program).service") }

    private func value(_ key: String, _ program: String) throws -> String? {
        try unit(program).matches("^\(key)=(.*)$").last
    }

    /// Runs systemd-analyze over the unit, its program replaced by one that is installed here.
    private func analyze(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("outbox-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("\(program).service")
        try unit(program).replacing("/usr/local/bin/\(program)", with: "/bin/true").write(
            to: file, atomically: true, encoding: .utf8)
        return try Project.run(try #require(Project.program("systemd-analyze")), arguments + [file.path])
    }

    @Test(.enabled(if: Project.canRun("systemd-analyze"), "systemd is not installed"), arguments: programs)
    func `systemd finds nothing to complain about`(program: String) throws {
        let (status, output) = try analyze(program, ["verify"])
        // Others' units of this machine are none of ours.
        let ours = output.split(separator: "\n").filter { $0.contains("\(program).service") }
        #expect(ours.isEmpty, "\(output)")
        #expect(status == 0, "\(output)")
    }

    @Test(.enabled(if: Project.canRun("systemd-analyze"), "systemd is not installed"), arguments: programs)
    func `its exposure stays low`(program: String) throws {
        let (_, output) = try analyze(program, ["security", "--offline=true", "--no-pager"])
        let level = output.matches("Overall exposure level for \(program).service: ([0-9.]+)").first.flatMap { Double($0) }
        #expect(try #require(level, "\(output)") <= 1.5)
    }

    /// How long a program says that it takes to stop.
    struct Drain: Sendable {
        let program: String
        let reference: SettingsReference
        let setting: String
        /// How many times that.
        var times = 1
    }

    /// A consumer drains, and leaves its group within as long again.
    @Test(arguments: [
        Drain(program: "outbox-relay", reference: .relay, setting: "drain.timeout.ms"),
        Drain(program: "outbox-consumer", reference: .consumer, setting: "drain.timeout.ms", times: 2),
        Drain(program: "outbox-fanout", reference: .fanout, setting: "drain.window.ms"),
    ])
    func `it leaves the program the time that it takes`(drains: Drain) throws {
        let program = drains.program
        #expect(try value("Type", program) == "notify")
        #expect(try value("TimeoutStartSec", program) == "infinity")
        let stop = try #require(try value("TimeoutStopSec", program).flatMap { Int($0) })
        let drain = try #require(drains.reference.all.first { $0.key == drains.setting }.flatMap { Int($0.defaultText) })
        #expect(stop * 1000 >= drains.times * drain + 5000)
        #expect(try value("RestartPreventExitStatus", program) == "2", "exit code 2 is a usage error, which no restart mends")
        #expect(Project.exists("deploy/config/\(program).properties"))
        #expect(try value("ExecStart", program)?.hasSuffix("run --config /etc/outbox-relay/\(program).properties") == true)
    }

    @Test func `the fan-out may have as many descriptors as it admits connections`() throws {
        let limit = try #require(try value("LimitNOFILE", "outbox-fanout").flatMap { Int($0) })
        let setting = try #require(SettingsReference.fanout.all.first { $0.key == "limit.connections" })
        let connections = try #require(Int(setting.defaultText))
        #expect(limit >= connections + 200)
    }

    @Test(arguments: [("outbox-relay", 2), ("outbox-consumer", 3), ("outbox-fanout", 3)])
    func `the variables that name its credentials are settings, and each has its credential`(program: String, count: Int) throws {
        let unit = try unit(program)
        let assignments = unit.matches("^#?Environment=(.*)$")
        #expect(assignments.count == count)
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
            switch program {
            case "outbox-relay": _ = try SettingsLoader.load(file: nil, environment: environment)
            case "outbox-fanout":
                _ = try SettingsLoader.loadFanout(
                    file: nil, environment: environment, overrides: [("auth.jwt.jwks", "keys.json")])
            default: _ = try SettingsLoader.loadConsumer(file: nil, environment: environment)
            }
        }
        #expect(problems.problems.count == count)
        for problem in problems.problems { #expect("\(problem)".contains("/does/not/exist"), "\(problem)") }
    }
}
