import CommandLineKit
import LocalServers
import ServiceRuntime

/// The options that every subcommand has, and what a run needs of them.
struct BenchOptions {
    static let common: [OptionSpec] = [
        OptionSpec("postgres-version", value: "MAJOR", help: "The PostgreSQL to measure on; the newest found when not given."),
        OptionSpec("relay", value: "PATH", help: "The relay's executable; outbox-relay beside this program when not given."),
        OptionSpec("set", value: "KEY=VALUE", help: "A setting for the relay, as its own --set.", repeatable: true),
        OptionSpec(
            "settle", value: "SECONDS", help: "Longest wait for the processors to come to rest before each measurement.",
            default: "20"),
        .flag("json", help: "Print the report as JSON."),
    ]

    let postgresVersion: Int?
    let relayPath: String
    let relaySettings: [String]
    /// Seconds.
    let settle: Int
    let isJSON: Bool
    let row: WorkloadRow

    init(_ arguments: ParsedArguments) throws {
        postgresVersion = try arguments.integer("postgres-version", in: 14...99)
        guard let path = arguments.option("relay") ?? OwnExecutable.folder.map({ "\($0)/outbox-relay" }) else {
            throw UsageError("the relay's executable is not beside this program: name it by --relay", path: arguments.path)
        }
        relayPath = path
        relaySettings = arguments.values("set")
        settle = try arguments.integer("settle", in: 0...86_400) ?? 20
        isJSON = arguments.flag("json")
        row = WorkloadRow(bytes: try arguments.integer("row-bytes", in: 200...1_000_000) ?? WorkloadRow.defaultBytes)
    }

    static let rowBytes = OptionSpec(
        "row-bytes", value: "N", help: "Bytes of a row as pgoutput sends it.", default: String(WorkloadRow.defaultBytes))

    static let afterPublish = OptionSpec(
        "after-publish", value: "WHAT", help: "What the relay does to a published row.",
        choices: AfterPublish.allCases.map(\.rawValue),
        default: AfterPublish.keep.rawValue)

    static func afterPublish(_ arguments: ParsedArguments) -> AfterPublish {
        arguments.option("after-publish").flatMap(AfterPublish.init(rawValue:)) ?? .keep
    }

    /// Runs what cannot be asked to end early: at Ctrl-C the servers are killed, their folders removed, and this process ends. A second
    /// one does not wait for that.
    static func withCleanUp(_ body: () throws -> ExitCode) throws -> ExitCode {
        let interrupted = try StopSignal()
        let watcher = try SignalWatcher.start { _ in
            if interrupted.isSet { OwnExecutable.exitAtOnce(130) }
            interrupted.set()
            // On a thread of its own, so that the next signal is heard.
            _ = try? OwnedThread.start(name: "clean-up") {
                LivingServers.destroyAll()
                OwnExecutable.exitAtOnce(130)
            }
        }
        defer { watcher.stop() }
        return try body()
    }

    /// Runs a measurement that ends early, everything removed, at Ctrl-C; a second one does not wait for that.
    static func withStopSignal(_ body: (StopSignal) throws -> ExitCode) throws -> ExitCode {
        let stop = try StopSignal()
        let watcher = try SignalWatcher.start { _ in
            if stop.isSet { OwnExecutable.exitAtOnce(130) }
            stop.set()
        }
        defer { watcher.stop() }
        return try body(stop)
    }
}

/// The relay's setting `after.publish`.
enum AfterPublish: String, CaseIterable, Sendable {
    case keep
    case mark
    case delete
}
