import ServiceRuntime

extension FanoutBenchmark {
    func latency() throws -> FanoutPartReport {
        let stage = try stage("latency")
        defer { stage.end() }
        try stage.connect(plan.connections)
        return try stage.explained {
            let highest = try highest(stage)
            let rate = max(1, Int(highest / 2 / Double(plan.connections)))
            let times = try timed(stage, rate: rate, seconds: plan.seconds * 2)
            return FanoutPartReport(
                part: .latency,
                title: """
                    \(Figures.grouped(plan.connections)) WebSocket connections, \(rate) events/s, which is half of the highest load, \
                    for \(plan.seconds * 2) s
                    """,
                figures: [
                    .init(key: "highest", name: "highest load, measured before", value: highest, unit: "deliveries/s"),
                    .init(key: "deliveries", name: "deliveries that were timed", value: Double(times.count)),
                    .init(
                        key: "p50_ms", name: "from writing an event to Kafka to the client, p50",
                        value: Double(times.value(0.5)) / 1e6, digits: 2, unit: "ms"),
                    .init(
                        key: "p99_ms", name: "p99", value: Double(times.value(0.99)) / 1e6, digits: 2, unit: "ms",
                        aim: .below(100)),
                    .init(key: "p999_ms", name: "p99.9", value: Double(times.value(0.999)) / 1e6, digits: 2, unit: "ms"),
                    .init(key: "max_ms", name: "highest", value: Double(times.maximum) / 1e6, digits: 2, unit: "ms"),
                ])
        }
    }

    /// Deliveries per second by the clock, one by one, with the server as it is set.
    private func highest(_ stage: FanoutStage) throws -> Double {
        try serve(stage, ClosedLoop(underWay: ClosedLoop.oneByOne, seconds: Self.warmUp))
        return try serve(stage, ClosedLoop(underWay: ClosedLoop.oneByOne, seconds: 2)).perSecond
    }

    /// Events at a fixed rate, whatever becomes of them; the first second is not timed.
    private func timed(_ stage: FanoutStage, rate: Int, seconds: Int) throws -> Percentiles {
        let first = stage.next
        let numbers = first..<(first + rate * (seconds + Self.warmUp))
        let schedule = Schedule(start: MonotonicTime.now() + 50_000_000, rate: rate)
        stage.clients.beginMeasurement(
            (first + rate * Self.warmUp)..<numbers.upperBound, schedule: schedule, firstNumber: first)
        let thread = try stage.writer.start(numbers, schedule, stop: stop)
        defer { thread.join() }
        stage.next = numbers.upperBound
        let isDone = try stage.clients.run(seconds: Double(seconds + Self.warmUp + 20)) {
            stage.clients.hasAll(below: numbers.upperBound)
        }
        guard isDone else { throw BenchError("deliveries are missing") }
        return Percentiles(Array(stage.clients.latencies))
    }

    func slow() throws -> FanoutPartReport {
        let stage = try stage("slow")
        defer { stage.end() }
        try stage.connect(plan.connections + 1, narrowsLast: true)
        return try stage.explained {
            let rate = max(1, Int(try highest(stage) / 2 / Double(plan.connections + 1)))
            let without = try timed(stage, rate: rate, seconds: plan.seconds)
            stage.clients.deafenLast()
            let deadline = MonotonicTime.now() + 30_000_000_000
            while stage.metric("outbox_fanout_clients_behind") < 1 {
                guard MonotonicTime.now() < deadline else {
                    throw BenchError("the server never noticed the client that does not read")
                }
                _ = try timed(stage, rate: rate, seconds: 1)
            }
            let with = try timed(stage, rate: rate, seconds: plan.seconds)
            let closed = stage.metric("outbox_fanout_closed_total{code=\"4008\"}")
            return FanoutPartReport(
                part: .slow,
                title: """
                    \(Figures.grouped(plan.connections)) WebSocket connections at \(rate) events/s, half of the highest load, for \
                    \(plan.seconds) s without and \(plan.seconds) s with one more that reads nothing and is blocked
                    """,
                figures: [
                    .init(
                        key: "p99_factor", name: "p99 of the others with it, against without it",
                        value: Double(with.value(0.99)) / Double(max(1, without.value(0.99))), digits: 2, unit: "times",
                        aim: .below(1.5)),
                    .init(
                        key: "p99_without_ms", name: "p99 of the others without it", value: Double(without.value(0.99)) / 1e6,
                        digits: 2, unit: "ms"),
                    .init(
                        key: "p99_with_ms", name: "p99 of the others with it", value: Double(with.value(0.99)) / 1e6, digits: 2,
                        unit: "ms"),
                    .init(
                        key: "p50_without_ms", name: "p50 without it", value: Double(without.value(0.5)) / 1e6, digits: 2,
                        unit: "ms"),
                    .init(key: "p50_with_ms", name: "p50 with it", value: Double(with.value(0.5)) / 1e6, digits: 2, unit: "ms"),
                    .init(key: "closed", name: "times that it was closed meanwhile", value: closed),
                ])
        }
    }
}
