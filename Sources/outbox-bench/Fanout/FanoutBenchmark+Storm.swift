import ServiceRuntime

extension FanoutBenchmark {
    private static let stormRate = 10
    /// What the server counts when it did not do what was asked of it.
    private static let refusals = [
        "outbox_fanout_refused_connections_total", "outbox_fanout_dropped_connections_total", "outbox_fanout_refusals_total",
        "outbox_fanout_resets_total", "outbox_fanout_closed_total",
    ]

    func storm() throws -> FanoutPartReport {
        let stage = try stage("storm")
        defer { stage.end() }
        try stage.connect(plan.stormConnections)
        return try stage.explained {
            let first = stage.next
            let numbers = first..<(first + Self.stormRate * 12)
            let schedule = Schedule(start: MonotonicTime.now() + 50_000_000, rate: Self.stormRate)
            stage.clients.beginMeasurement()
            let writerStop = try StopSignal()
            let thread = try stage.writer.start(numbers, schedule, stop: writerStop)
            defer {
                writerStop.set()
                thread.join()
            }
            // Everybody has something to come back from.
            _ = try stage.clients.run(seconds: 3, until: { stage.clients.hasAll(below: first + Self.stormRate) })
            stage.clients.cut()
            let cut = MonotonicTime.now()
            try stage.clients.resume(seconds: 60)
            let greeted = MonotonicTime.now()
            let written = Int((greeted - schedule.start) * Int64(Self.stormRate) / 1_000_000_000)
            _ = try stage.clients.run(
                seconds: 30, until: { stage.clients.hasAll(below: min(first + written, numbers.upperBound)) })
            let caughtUp = MonotonicTime.now()
            let isComplete = try stage.clients.run(seconds: 40, until: { stage.clients.hasAll(below: numbers.upperBound) })
            guard isComplete else { throw BenchError("deliveries are missing after the storm") }
            stage.next = numbers.upperBound
            _ = try stage.clients.run(seconds: 1.2, until: { false })
            return FanoutPartReport(
                part: .storm,
                title: """
                    \(Figures.grouped(plan.stormConnections)) WebSocket connections cut at once, all back at once with their cursors, \
                    \(Self.stormRate) events/s meanwhile
                    """,
                figures: [
                    .init(
                        key: "errors", name: "refused, closed or told to reset (an event that is missing or twice ends the run)",
                        value: Self.refusals.reduce(0) { $0 + stage.metric($1) }, aim: .below(1)),
                    .init(
                        key: "greeted_ms", name: "until the last one was back", value: Double(greeted - cut) / 1e6, unit: "ms"),
                    .init(
                        key: "caught_up_ms", name: "until everybody had all that was written by then",
                        value: Double(caughtUp - cut) / 1e6, unit: "ms"),
                    .init(key: "deliveries", name: "events received by all, in order", value: Double(stage.clients.deliveries)),
                    .init(key: "replayed", name: "resumed by the server", value: stage.metric("outbox_fanout_recovered_total")),
                ])
        }
    }
}
