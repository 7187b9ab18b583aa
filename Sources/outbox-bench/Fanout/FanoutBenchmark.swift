import Drills
import LocalServers
import ServiceRuntime

/// Measures `fanout`. Used by one thread.
final class FanoutBenchmark {
    /// Before a measurement, seconds: what is made at first use is there, and the processor is awake.
    private static let warmUp = 1
    private static let stormRate = 10

    private let plan: FanoutPlan
    private let stop: StopSignal
    private let progress: Progress
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
            _ = try MachineRest.wait(seconds: plan.bench.settle, stop: stop, progress: progress)
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

    private func stage(_ name: String, _ settings: [(key: String, value: String)] = []) throws -> FanoutStage {
        try FanoutStage(name, broker: broker, plan: plan, settings: settings, stop: stop)
    }

    // MARK: Memory

    private func idle(_ part: FanoutPart, isTLS: Bool) throws -> FanoutPartReport {
        var settings: [(key: String, value: String)] = []
        var authority: CertificateAuthority?
        if isTLS {
            let made = try CertificateAuthority()
            authority = made
            let certificate = try made.server()
            settings = [("tls.certificate", certificate.certificatePath), ("tls.key", certificate.keyPath)]
        }
        defer { withExtendedLifetime(authority) {} }
        let stage = try stage(part.rawValue, settings)
        defer { stage.end() }
        let before = try memory(stage)
        let began = MonotonicTime.now()
        try stage.connect(plan.idleConnections, isTLS: isTLS)
        let took = Double(MonotonicTime.now() - began) / 1e9
        // What connecting needs for a moment is given back.
        _ = try stage.clients.run(seconds: 1.5, until: { false })
        let after = try memory(stage)
        let event = MonotonicTime.now()
        try stage.explained { try stage.deliverOne() }
        let delivered = MonotonicTime.now() - event
        let count = Double(plan.idleConnections)
        let resident = Double(after.resident - before.resident)
        return FanoutPartReport(
            part: part,
            title: "\(Figures.grouped(plan.idleConnections)) WebSocket connections\(isTLS ? " with TLS (P-256)" : "") that say nothing",
            figures: [
                .init(
                    key: "bytes_per_connection", name: "server's memory per connection (RSS)", value: resident / count,
                    unit: "bytes", aim: .below(isTLS ? 20_000 : 4_000)),
                .init(
                    key: "pss_per_connection", name: "the same as PSS",
                    value: Double(after.proportional - before.proportional) / count, unit: "bytes"),
                .init(key: "resident_before", name: "RSS before", value: Double(before.resident) / 1_048_576, digits: 1, unit: "MiB"),
                .init(key: "resident_after", name: "RSS after", value: Double(after.resident) / 1_048_576, digits: 1, unit: "MiB"),
                .init(
                    key: "connects_per_second", name: "connected and greeted", value: count / took, unit: "connections/s"),
                .init(
                    key: "one_event_ms", name: "one event to all of them, from Kafka", value: Double(delivered) / 1e6, digits: 1,
                    unit: "ms"),
            ])
    }

    private func memory(_ stage: FanoutStage) throws -> ProcessUsage.Memory {
        guard let memory = ProcessUsage.memory(of: stage.server.pid) else { throw BenchError("outbox-fanout is gone") }
        return memory
    }

    // MARK: Throughput

    private func throughput() throws -> FanoutPartReport {
        var server: [ClosedLoop.Result] = []
        var bare: [ClosedLoop.Result] = []
        let callsPerDelivery = try oneByOne(&server, &bare)
        let (together, perWrite) = try together()
        let single = Spread(server.map(\.perCPUSecond))
        let ratios = Spread(zip(server, bare).map { $0.perCPUSecond / $1.perCPUSecond })
        let wall = Spread(zip(server, bare).map { $0.perSecond / $1.perSecond })
        return FanoutPartReport(
            part: .throughput,
            title: """
                \(Figures.grouped(plan.connections)) WebSocket connections, threads=1, \(plan.rounds) rounds of \(plan.seconds) s \
                on both sides by turns, medians
                """,
            figures: [
                .init(
                    key: "ratio", name: "one by one: ratio to the bare loop, per second of CPU time", value: ratios.median,
                    digits: 2, note: "\(Figures.decimal(ratios.lowest, 2)) to \(Figures.decimal(ratios.highest, 2))",
                    aim: .atLeast(0.85)),
                .init(key: "deliveries_per_core", name: "deliveries per second and core", value: single.median),
                .init(
                    key: "bare_per_core", name: "the bare loop's", value: Spread(bare.map(\.perCPUSecond)).median),
                .init(
                    key: "deliveries_per_second", name: "deliveries per second, by the clock",
                    value: Spread(server.map(\.perSecond)).median),
                .init(
                    key: "bare_per_second", name: "the bare loop's, by the clock", value: Spread(bare.map(\.perSecond)).median),
                .init(
                    key: "wall_ratio", name: "ratio by the clock: Kafka and its broker share the processors", value: wall.median,
                    digits: 2),
                .init(
                    key: "calls_per_delivery", name: "calls to the system per delivery", value: callsPerDelivery, digits: 3),
                .init(
                    key: "together_factor", name: "together: deliveries per second and core, against one by one",
                    value: together.perCPUSecond / single.median, digits: 1, unit: "times", aim: .atLeast(10)),
                .init(key: "together_per_core", name: "deliveries per second and core", value: together.perCPUSecond),
                .init(key: "together_per_second", name: "deliveries per second, by the clock", value: together.perSecond),
                .init(
                    key: "events_per_call", name: "events in one call to the system", value: perWrite, digits: 1,
                    note: "delivery.interval.ms=\(plan.intervalMilliseconds)"),
            ])
    }

    /// - Returns: calls of the server for one delivery.
    private func oneByOne(_ server: inout [ClosedLoop.Result], _ bare: inout [ClosedLoop.Result]) throws -> Double {
        let stage = try stage("one-by-one", [("threads", "1")])
        defer { stage.end() }
        let sender = try BareSenderProcess(connections: plan.connections)
        let readers = try Swarm(stage.frames, stop: stop)
        try readers.connect(plan.connections, port: sender.port)
        try stage.connect(plan.connections)
        return try stage.explained {
            var loop = ClosedLoop(underWay: 0.5, seconds: Self.warmUp)
            try serve(stage, loop)
            loop = ClosedLoop(underWay: 0.5, seconds: plan.seconds)
            for round in 1...plan.rounds {
                progress.update("one by one, round \(round)")
                let first = stage.next
                server.append(try serve(stage, loop))
                let last = stage.next
                var sent = first
                // The same frames, round and round.
                let result = try loop.run(readers, pid: sender.pid, from: first, below: last) { number in
                    sent = number
                    guard let frame = stage.frames.frame(number) else { throw BenchError("no frame \(number)") }
                    try sender.send(frame)
                }
                bare.append(result)
                progress.say(
                    "round \(round): \(Figures.rate(server[round - 1].perCPUSecond)) deliveries per second of CPU, bare loop "
                        + "\(Figures.rate(result.perCPUSecond)), \(sent - first + 1) events")
            }
            try sender.stop()
            // Counters are published once a second.
            _ = try stage.clients.run(seconds: 1.2, until: { false })
            return stage.metric("outbox_fanout_writes_total") / stage.metric("outbox_fanout_deliveries_total")
        }
    }

    @discardableResult
    private func serve(_ stage: FanoutStage, _ loop: ClosedLoop) throws -> ClosedLoop.Result {
        let first = stage.next
        let result = try loop.run(stage.clients, pid: stage.server.pid, from: first) { try stage.writer.write($0) }
        stage.next = first + result.events
        return result
    }

    private func together() throws -> (ClosedLoop.Result, Double) {
        let stage = try stage("together", [("threads", "1"), ("delivery.interval.ms", String(plan.intervalMilliseconds))])
        defer { stage.end() }
        try stage.connect(plan.connections)
        return try stage.explained {
            progress.update("together")
            try serve(stage, ClosedLoop(underWay: 512, seconds: Self.warmUp))
            let result = try serve(stage, ClosedLoop(underWay: 512, seconds: plan.seconds))
            _ = try stage.clients.run(seconds: 1.2, until: { false })
            let perWrite = stage.metric("outbox_fanout_deliveries_total") / stage.metric("outbox_fanout_writes_total")
            return (result, perWrite)
        }
    }

    // MARK: Latency

    private func latency() throws -> FanoutPartReport {
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
                        key: "p99_ms", name: "p99", value: Double(times.value(0.99)) / 1e6, digits: 2, unit: "ms", aim: .below(100)),
                    .init(key: "p999_ms", name: "p99.9", value: Double(times.value(0.999)) / 1e6, digits: 2, unit: "ms"),
                    .init(key: "max_ms", name: "highest", value: Double(times.maximum) / 1e6, digits: 2, unit: "ms"),
                ])
        }
    }

    /// Deliveries per second by the clock, one by one, with the server as it is set.
    private func highest(_ stage: FanoutStage) throws -> Double {
        try serve(stage, ClosedLoop(underWay: 0.5, seconds: Self.warmUp))
        return try serve(stage, ClosedLoop(underWay: 0.5, seconds: 2)).perSecond
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

    // MARK: Storm

    private func storm() throws -> FanoutPartReport {
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
            _ = try stage.clients.run(seconds: 30, until: { stage.clients.hasAll(below: min(first + written, numbers.upperBound)) })
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
                        key: "errors", name: "refused, failed, told to reset, an event missing or twice", value: 0,
                        aim: .below(1)),
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

    // MARK: Slow clients

    private func slow() throws -> FanoutPartReport {
        let stage = try stage("slow")
        defer { stage.end() }
        try stage.connect(plan.connections + 1, narrowsLast: true)
        return try stage.explained {
            let rate = max(1, Int(try highest(stage) / 2 / Double(plan.connections + 1)))
            let without = try timed(stage, rate: rate, seconds: plan.seconds)
            stage.clients.deafenLast()
            let deadline = MonotonicTime.now() + 30_000_000_000
            while stage.metric("outbox_fanout_clients_behind") < 1 {
                guard MonotonicTime.now() < deadline else { throw BenchError("the server never noticed the client that does not read") }
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
                        key: "p99_without_ms", name: "p99 of the others without it", value: Double(without.value(0.99)) / 1e6,
                        digits: 2, unit: "ms"),
                    .init(
                        key: "p99_with_ms", name: "p99 of the others with it", value: Double(with.value(0.99)) / 1e6, digits: 2,
                        unit: "ms"),
                    .init(
                        key: "p50_without_ms", name: "p50 without it", value: Double(without.value(0.5)) / 1e6, digits: 2, unit: "ms"),
                    .init(key: "p50_with_ms", name: "p50 with it", value: Double(with.value(0.5)) / 1e6, digits: 2, unit: "ms"),
                    .init(key: "closed", name: "times that it was closed meanwhile", value: closed),
                ])
        }
    }
}
