import ServiceRuntime

/// Measures `fanout`. Used by one thread.
final class FanoutBenchmark {
    /// Before a measurement, seconds: what is made at first use is there, and the processor is awake.
    static let warmUp = 1

    let plan: FanoutPlan
    let stop: StopSignal
    let progress: Progress
    private let broker: BenchBroker
    private let facts: MachineFacts

    init(_ plan: FanoutPlan, stop: StopSignal, progress: Progress) throws {
        self.plan = plan
        self.stop = stop
        self.progress = progress
        broker = try BenchBroker(progress: progress)
        facts = MachineFacts(postgres: nil, broker: broker.description)
    }

    func destroy() { broker.destroy() }

    func run() throws -> FanoutReport {
        var reports: [FanoutPartReport] = []
        for part in plan.parts {
            progress.update("\(part.rawValue): \(part.summary)")
            // On a machine that never rests, the whole must not take longer for it than the measurements.
            let settle = reports.isEmpty ? plan.bench.settle : min(5, plan.bench.settle)
            _ = try MachineRest.wait(seconds: settle, stop: stop, progress: progress)
            let report =
                switch part {
                case .idle: try idle(part, isTLS: false)
                case .idleTLS: try idle(part, isTLS: true)
                case .throughput: try throughput()
                case .latency: try latency()
                case .storm: try storm()
                case .slow: try slow()
                }
            reports.append(report)
        }
        return FanoutReport(facts: facts, parts: reports)
    }

    func stage(_ name: String, _ settings: [(key: String, value: String)] = []) throws -> FanoutStage {
        try FanoutStage(name, broker: broker, plan: plan, settings: settings, stop: stop)
    }
}
