import CommandLineKit

/// `outbox-bench consume`.
enum ConsumeCommand {
    static var command: Command {
        Command(
            "consume", summary: "How fast a consumer applies events exactly once, against one transaction per event.",
            discussion: """
                Writes events to Kafka, then applies them twice over: by the loop that everybody writes first (poll a record, one \
                transaction with its inbox row and its effect), for some seconds, and by outbox-consumer, all of them. The rate is that \
                of the middle 80 % of the events, counted when their transactions are committed; afterwards the effects in the database \
                are counted. With --freshness the events come through Postgres and the relay at a fixed rate instead, and the time from \
                an event's time, at which its transaction began, to the commit of its effect is shown.
                """,
            examples: [
                "outbox-bench consume", "outbox-bench consume --consumer notification --events 200000",
                "outbox-bench consume --freshness --rate 1000",
            ],
            options: [
                OptionSpec(
                    "consumer", value: "NAME", help: "Which one is measured.", choices: ConsumeSubject.allCases.map(\.rawValue),
                    default: ConsumeSubject.analytics.rawValue),
                OptionSpec("events", value: "N", help: "Events in the topic.", default: "500000"),
                OptionSpec("rounds", value: "N", help: "How often both are measured.", default: "2"),
                OptionSpec("plain-seconds", value: "N", help: "How long the loop of single transactions runs.", default: "8"),
                .flag("freshness", help: "Measure the time from event to effect instead of the rate."),
                OptionSpec("rate", value: "N", help: "Events a second with --freshness.", default: "1000"),
                OptionSpec("seconds", value: "N", help: "How long with --freshness, after the warm-up.", default: "20"),
                OptionSpec("warm-up", value: "SECONDS", help: "Load before --freshness is measured.", default: "30"),
                OptionSpec("consumer-path", value: "PATH", help: "The program; outbox-consumer beside this one when not given."),
                OptionSpec("consumer-set", value: "KEY=VALUE", help: "A setting for outbox-consumer.", repeatable: true),
            ],
            run: run)
    }

    private static func run(_ arguments: ParsedArguments) throws -> ExitCode {
        let plan = try ConsumePlan(arguments)
        return try ConsumeReport.run(plan.bench) { stop, progress in
            let benchmark = try ConsumeBenchmark(plan, stop: stop, progress: progress)
            defer { benchmark.destroy() }
            return try plan.isFreshness ? benchmark.runFreshness() : benchmark.run()
        }
    }
}

/// What `consume` was asked for.
struct ConsumePlan {
    let bench: BenchOptions
    let subject: ConsumeSubject
    let events: Int
    let rounds: Int
    let plainSeconds: Int
    let isFreshness: Bool
    let rate: Int
    let seconds: Int
    let warmUpSeconds: Int
    let consumerPath: String
    let consumerSettings: [String]

    init(_ arguments: ParsedArguments) throws {
        bench = try BenchOptions(arguments)
        subject = arguments.option("consumer").flatMap(ConsumeSubject.init(rawValue:)) ?? .analytics
        events = try arguments.integer("events", in: 1_000...100_000_000) ?? 500_000
        rounds = try arguments.integer("rounds", in: 1...100) ?? 2
        plainSeconds = try arguments.integer("plain-seconds", in: 1...600) ?? 8
        isFreshness = arguments.flag("freshness")
        rate = try arguments.integer("rate", in: 1...100_000) ?? 1_000
        seconds = try arguments.integer("seconds", in: 1...3_600) ?? 20
        warmUpSeconds = try arguments.integer("warm-up", in: 1...3_600) ?? 30
        guard let path = arguments.option("consumer-path") ?? OwnExecutable.folder.map({ "\($0)/outbox-consumer" }) else {
            throw UsageError("outbox-consumer is not beside this program: name it by --consumer-path", path: arguments.path)
        }
        consumerPath = path
        consumerSettings = arguments.values("consumer-set")
    }
}
