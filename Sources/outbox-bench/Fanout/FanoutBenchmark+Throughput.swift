import Drills

extension FanoutBenchmark {
    func throughput() throws -> FanoutPartReport {
        var server: [ClosedLoop.Result] = []
        var bare: [ClosedLoop.Result] = []
        var paced: [ClosedLoop.Result] = []
        let callsPerDelivery = try oneByOne(&server, &bare, &paced)
        let (together, perWrite) = try together()
        let single = Spread(server.map(\.perCPUSecond))
        let ratios = Spread(zip(server, bare).map { $0.perCPUSecond / $1.perCPUSecond })
        let wall = Spread(zip(server, bare).map { $0.perSecond / $1.perSecond })
        return FanoutPartReport(
            part: .throughput,
            title: """
                \(Figures.grouped(plan.throughputConnections)) WebSocket connections, threads=1, \(plan.rounds) rounds of \(plan.seconds) s \
                on both sides by turns, medians
                """,
            figures: [
                .init(
                    key: "ratio", name: "one by one: ratio to the bare loop, per second of CPU time", value: ratios.median,
                    digits: 2, note: "\(Figures.decimal(ratios.lowest, 2)) to \(Figures.decimal(ratios.highest, 2))",
                    aim: .atLeast(0.85)),
                .init(
                    key: "paced_ratio", name: "the same to the bare loop at the pace of the server",
                    value: Spread(zip(server, paced).map { $0.perCPUSecond / $1.perCPUSecond }).median, digits: 2),
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
    private func oneByOne(
        _ server: inout [ClosedLoop.Result], _ bare: inout [ClosedLoop.Result], _ paced: inout [ClosedLoop.Result]
    ) throws -> Double {
        let stage = try stage("one-by-one", [("threads", "1")])
        defer { stage.end() }
        let sender = try BareSenderProcess(connections: plan.throughputConnections)
        let readers = try Swarm(stage.frames, stop: stop)
        try readers.connect(plan.throughputConnections, port: sender.port)
        try stage.connect(plan.throughputConnections)
        return try stage.explained {
            var loop = ClosedLoop(underWay: ClosedLoop.oneByOne, seconds: Self.warmUp)
            try serve(stage, loop)
            loop = ClosedLoop(underWay: ClosedLoop.oneByOne, seconds: plan.seconds)
            for round in 1...plan.rounds {
                progress.update("one by one, round \(round)")
                let first = stage.next
                server.append(try serve(stage, loop))
                let last = stage.next
                // The same frames: as fast as they are taken, and then at the pace of the server.
                let play = { (loop: ClosedLoop) in
                    try loop.run(readers, pid: sender.pid, from: first, below: last) { number in
                        guard let frame = stage.frames.frame(number) else { throw BenchError("no frame \(number)") }
                        try sender.send(frame)
                    }
                }
                let result = try play(loop)
                bare.append(result)
                var slower = loop
                slower.spacing = Int64(server[round - 1].seconds * 1e9 / Double(server[round - 1].events))
                paced.append(try play(slower))
                progress.say(
                    "round \(round): \(Figures.rate(server[round - 1].perCPUSecond)) deliveries per second of CPU, bare loop "
                        + "\(Figures.rate(result.perCPUSecond)), \(result.events) events")
            }
            try sender.stop()
            // Counters are published once a second.
            _ = try stage.clients.run(seconds: 1.2, until: { false })
            return stage.metric("outbox_fanout_writes_total") / stage.metric("outbox_fanout_deliveries_total")
        }
    }

    /// Keeps the server busy with events from Kafka.
    @discardableResult
    func serve(_ stage: FanoutStage, _ loop: ClosedLoop) throws -> ClosedLoop.Result {
        let first = stage.next
        let result = try loop.run(stage.clients, pid: stage.server.pid, from: first) { try stage.writer.write($0) }
        stage.next = first + result.events
        return result
    }

    private func together() throws -> (ClosedLoop.Result, Double) {
        let stage = try stage("together", [("threads", "1"), ("delivery.interval.ms", String(plan.intervalMilliseconds))])
        defer { stage.end() }
        try stage.connect(plan.throughputConnections)
        return try stage.explained {
            progress.update("together")
            try serve(stage, ClosedLoop(underWay: 512, seconds: Self.warmUp))
            let result = try serve(stage, ClosedLoop(underWay: 512, seconds: plan.seconds))
            _ = try stage.clients.run(seconds: 1.2, until: { false })
            let perWrite = stage.metric("outbox_fanout_deliveries_total") / stage.metric("outbox_fanout_writes_total")
            return (result, perWrite)
        }
    }
}
