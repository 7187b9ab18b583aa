import CommandLineKit

/// `outbox-bench fanout`.
enum FanoutCommand {
    static var command: Command {
        let parts = FanoutPart.allCases.map { "  \($0.rawValue): \($0.summary)" }.joined(separator: "\n")
        return Command(
            "fanout", summary: "What connections and deliveries cost outbox-fanout, against a bare loop of send().",
            discussion: """
                Starts a broker and outbox-fanout as a process of its own, connects clients to it (in this process, over WebSocket), and \
                writes events to Kafka. Every client checks every event: once, in order, the frame as it has to be; a measurement in \
                which one is missing or wrong fails. Needs no PostgreSQL.

                \(parts)

                Deliveries per second and core are deliveries divided by the CPU time of the process that sends, as /proc counts it. The \
                bare loop is a process that sends the same frames to as many connections of the same kind and the same readers, one \
                send() each, and does nothing else; both get the next event when half of the deliveries of the last one have arrived. \
                Memory is that of the process (RSS), without the kernel's own for sockets.
                """,
            examples: ["outbox-bench fanout", "outbox-bench fanout --parts throughput --connections 1000"],
            options: [
                OptionSpec("parts", value: "NAMES", help: "What is measured, separated by commas; all when not given."),
                OptionSpec(
                    "connections", value: "N",
                    help: "Clients of throughput (5000 when not given), latency and slow (1000 when not given)."),
                OptionSpec("idle-connections", value: "N", help: "Clients of idle and idle-tls.", default: "20000"),
                OptionSpec("storm-connections", value: "N", help: "Clients of storm.", default: "5000"),
                OptionSpec(
                    "seconds", value: "N", help: "How long each measurement of throughput, latency and slow takes.", default: "5"),
                OptionSpec("rounds", value: "N", help: "How often throughput is measured on both sides.", default: "3"),
                OptionSpec("interval", value: "MS", help: "delivery.interval.ms for deliveries together.", default: "50"),
                OptionSpec("fanout-path", value: "PATH", help: "The program; outbox-fanout beside this one when not given."),
                OptionSpec("fanout-set", value: "KEY=VALUE", help: "A setting for outbox-fanout.", repeatable: true),
            ],
            run: run)
    }

    private static func run(_ arguments: ParsedArguments) throws -> ExitCode {
        for option in ["relay", "set", "postgres-version"] where !arguments.values(option).isEmpty {
            throw UsageError("--\(option) has no meaning for fanout", path: arguments.path)
        }
        let plan = try FanoutPlan(arguments)
        return try FanoutReport.run(plan.bench) { stop, progress in
            let benchmark = try FanoutBenchmark(plan, stop: stop, progress: progress)
            defer { benchmark.destroy() }
            return try benchmark.run()
        }
    }
}

/// What `fanout` measures.
enum FanoutPart: String, CaseIterable {
    case idle
    case idleTLS = "idle-tls"
    case throughput
    case latency
    case storm
    case slow

    var summary: String {
        switch self {
        case .idle: "the server's memory for a connection that waits"
        case .idleTLS: "the same with TLS"
        case .throughput: "deliveries per second and core, one by one against the bare loop, and together (delivery.interval.ms)"
        case .latency: "from the moment at which an event is written to Kafka to the client, at half of the highest load"
        case .storm: "all connections are cut at once and come back at once from where they stood, while events go on"
        case .slow: "what one client that never reads does to the latency of the others"
        }
    }
}

/// What `fanout` was asked for.
struct FanoutPlan {
    let bench: BenchOptions
    let parts: [FanoutPart]
    /// Of throughput. So many that pauses between two events, which depend on Kafka and the readers, weigh little.
    let throughputConnections: Int
    /// Of latency and slow.
    let connections: Int
    let idleConnections: Int
    let stormConnections: Int
    let seconds: Int
    let rounds: Int
    let intervalMilliseconds: Int
    let path: String
    let settings: [(key: String, value: String)]

    init(_ arguments: ParsedArguments) throws {
        bench = try BenchOptions(arguments)
        parts =
            try arguments.option("parts").map { names in
                try names.split(separator: ",").map { name in
                    guard let part = FanoutPart(rawValue: String(name)) else {
                        let all = FanoutPart.allCases.map(\.rawValue).joined(separator: ", ")
                        throw UsageError("there is no part \(name); there are \(all)", path: arguments.path)
                    }
                    return part
                }
            } ?? FanoutPart.allCases
        let room = max(10, DescriptorRoom.raise())
        let named = try arguments.integer("connections", in: 10...100_000)
        throughputConnections = min(room, named ?? 5_000)
        connections = min(room, named ?? 1_000)
        idleConnections = min(room, try arguments.integer("idle-connections", in: 10...1_000_000) ?? 20_000)
        stormConnections = min(room, try arguments.integer("storm-connections", in: 10...100_000) ?? 5_000)
        seconds = try arguments.integer("seconds", in: 1...600) ?? 5
        rounds = try arguments.integer("rounds", in: 1...100) ?? 3
        intervalMilliseconds = try arguments.integer("interval", in: 1...10_000) ?? 50
        guard let path = arguments.option("fanout-path") ?? OwnExecutable.folder.map({ "\($0)/outbox-fanout" }) else {
            throw UsageError("outbox-fanout is not beside this program: name it by --fanout-path", path: arguments.path)
        }
        self.path = path
        settings = try arguments.values("fanout-set").map { text in
            guard let sign = text.firstIndex(of: "=") else {
                throw UsageError("--fanout-set wants KEY=VALUE, not \(text)", path: arguments.path)
            }
            return (String(text[..<sign]), String(text[text.index(after: sign)...]))
        }
    }
}
