import PostgresClient
import ServiceRuntime

/// Measures `latency`. Used by one thread.
final class LatencyBenchmark {
    private static let slot = "bench_latency"
    /// How long after the last event is due the last one may come.
    private static let patience: Int64 = 20_000_000_000

    private let plan: LatencyPlan
    private let stop: StopSignal
    private let progress: Progress
    private let servers: BenchServers

    init(_ plan: LatencyPlan, stop: StopSignal, progress: Progress) throws {
        self.plan = plan
        self.stop = stop
        self.progress = progress
        servers = try BenchServers(plan.bench, settings: [:], stop: stop, progress: progress)
    }

    func destroy() { servers.destroy() }

    func run() throws -> LatencyReport {
        try servers.createTopic(WorkloadRow.topic)
        try servers.connect().execute("SELECT pg_create_logical_replication_slot('\(Self.slot)', 'pgoutput')")
        progress.update("starting the relay")
        let relay = try MeasuredProcess.relay(
            servers, options: plan.bench, slot: Self.slot, settings: ["after.publish=\(plan.afterPublish.rawValue)"])
        try relay.waitUntilStreaming(stop: stop)
        let recorder = try ArrivalRecorder(topic: WorkloadRow.topic, bootstrap: servers.bootstrap, events: plan.events)
        defer { recorder.close() }

        let busy = try MachineRest.wait(seconds: plan.bench.settle, stop: stop, progress: progress)
        // Time for the writers to connect.
        let schedule = Schedule(start: MonotonicTime.now() + 1_000_000_000, rate: plan.rate)
        let writers = OpenLoopWriters(schedule: schedule, events: plan.events, firstMeasured: plan.warmUp, stop: stop)
        for index in 0..<plan.writers {
            try writers.start(index, connect: writerConnection())
        }
        let usage = try follow(recorder, writers, schedule, relay)
        let written = writers.finish()
        if let failure = written.failure { throw BenchError("a writer failed: \(failure)") }
        let peak = try relay.usage().peakResident
        try relay.stop()
        return LatencyReport(
            plan: plan, facts: servers.facts, latency: Percentiles(latencies(recorder, schedule)),
            toCommit: Percentiles(written.toCommit), commits: Percentiles(written.commits),
            missing: plan.events - recorder.distinct, duplicates: recorder.duplicates, relayCPU: usage, peakResident: peak,
            busyBefore: busy)
    }

    /// Receives until everything is here; returns the relay's share of one core while events were measured.
    private func follow(
        _ recorder: ArrivalRecorder, _ writers: OpenLoopWriters, _ schedule: Schedule, _ relay: MeasuredProcess
    ) throws -> Double {
        let measuredFrom = schedule.due(plan.warmUp)
        let deadline = schedule.due(plan.events) + Self.patience
        var before: (time: Int64, usage: ProcessUsage)?
        while recorder.distinct < plan.events {
            if stop.isSet { throw BenchError.interrupted }
            recorder.step()
            let now = MonotonicTime.now()
            if before == nil, now >= measuredFrom { before = (now, try relay.usage()) }
            if now > deadline { break }
            if let failure = writers.failure { throw BenchError("a writer failed: \(failure)") }
            progress.update("latency: \(Figures.grouped(recorder.distinct)) of \(Figures.grouped(plan.events)) events")
        }
        guard let before else { return .nan }
        let after = try relay.usage()
        let seconds = Double(MonotonicTime.now() - before.time) / 1_000_000_000
        return (after.cpuSeconds - before.usage.cpuSeconds) / seconds
    }

    private func latencies(_ recorder: ArrivalRecorder, _ schedule: Schedule) -> [Int64] {
        (plan.warmUp..<plan.events).compactMap { number in
            recorder.arrivals[number] == 0 ? nil : recorder.arrivals[number] - schedule.due(number)
        }
    }

    /// Makes a writer's session: the INSERT is planned once.
    private func writerConnection() -> @Sendable () throws -> Connection {
        let settings = servers.sessionSettings
        let stop = stop
        let row = plan.bench.row.values("$1")
        let synchronousCommit = plan.synchronousCommit
        return {
            let connection = try Connection.open(settings, stop: stop)
            try connection.execute("SET synchronous_commit = \(synchronousCommit)")
            try connection.execute("SET plan_cache_mode = force_generic_plan")
            try connection.execute(
                "PREPARE write_event(bigint) AS INSERT INTO outbox_events (\(WorkloadRow.columns)) VALUES (\(row))")
            return connection
        }
    }
}
