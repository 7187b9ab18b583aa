import Glibc
import LocalServers
import PostgresClient
import ServiceRuntime

/// Measures `drain`. Used by one thread.
final class DrainBenchmark {
    private static let backlogSlot = "bench_backlog"
    /// Without a new event for this long the measurement is given up.
    private static let patience: Int64 = 60_000_000_000

    private let plan: DrainPlan
    private let stop: StopSignal
    private let progress: Progress
    private let servers: BenchServers
    private let connection: Connection
    /// The busier of the moments before the two measurements of the round, as a share of all processors.
    private var busyBefore = 0.0

    init(_ plan: DrainPlan, stop: StopSignal, progress: Progress) throws {
        self.plan = plan
        self.stop = stop
        self.progress = progress
        // Marking and deleting leave dead rows, so there the vacuum belongs to the picture.
        let settings = plan.afterPublish == .keep ? ["autovacuum": "off"] : [:]
        servers = try BenchServers(plan.bench, settings: settings, stop: stop, progress: progress)
        connection = try servers.connect()
    }

    func destroy() {
        connection.close()
        servers.destroy()
    }

    func run() throws -> DrainReport {
        var rounds: [DrainRound] = []
        for number in 1...plan.rounds {
            if number == 1 || plan.afterPublish != .keep { try fill() }
            rounds.append(try round(number))
        }
        let reason: String? =
            !plan.verifies
            ? "--no-verify" : servers.keepsRecords ? nil : "the mock broker keeps only 5 MiB of a partition"
        return DrainReport(plan: plan, facts: servers.facts, rounds: rounds, unverified: reason)
    }

    /// Empties the table and writes the backlog behind a new slot.
    private func fill() throws {
        let known = try connection.execute("SELECT FROM pg_replication_slots WHERE slot_name = '\(Self.backlogSlot)'")
        if known.rowCount > 0 { try drop(Self.backlogSlot) }
        try connection.execute("TRUNCATE outbox_events RESTART IDENTITY")
        if !plan.isPolling {
            try connection.execute("SELECT pg_create_logical_replication_slot('\(Self.backlogSlot)', 'pgoutput')")
        }
        let writer = BacklogWriter(row: plan.bench.row, events: plan.events, perTransaction: plan.perTransaction)
        try writer.write(on: connection, stop: stop, progress: progress)
    }

    private func round(_ number: Int) throws -> DrainRound {
        let topicPrefix = "round-\(number)."
        try servers.createTopic(topicPrefix + WorkloadRow.topic)
        // Each of both goes first in half of the rounds, where the relay leaves the log as it was.
        busyBefore = 0
        let relayFirst = plan.afterPublish == .keep && number.isMultiple(of: 2)
        var relay = relayFirst ? try measureRelay(number, topicPrefix) : nil
        let limit = plan.isPolling ? nil : try measureLimit(number)
        relay = try relay ?? measureRelay(number, topicPrefix)
        guard let relay else { throw BenchError("nothing was measured") }
        var audit: DeliveryAudit?
        if plan.verifies, servers.keepsRecords {
            var reading = DeliveryAudit(expected: plan.events)
            try reading.read(topicPrefix + WorkloadRow.topic, bootstrap: servers.bootstrap, stop: stop, progress: progress)
            audit = reading
        }
        let round = DrainRound(
            limit: limit?.curve, rowBytes: limit?.rowBytes ?? Double(plan.bench.row.bytes), relay: relay, audit: audit,
            busyBefore: busyBefore)
        let comparison = limit.map {
            "limit \(Figures.rate($0.curve.steady)), ratio \(Figures.decimal(round.ratio ?? .nan, 3)), "
        }
        progress.say(
            "round \(number): \(comparison ?? "")relay \(Figures.rate(relay.through.steady)) events/s, "
                + "CPU \(Figures.decimal(relay.cpuPerMillion, 2)) s per million")
        return round
    }

    // MARK: Slots

    /// An identical slot: the copy streams from where the backlog begins.
    private func copySlot(_ name: String) throws {
        try connection.execute("SELECT pg_copy_logical_replication_slot('\(Self.backlogSlot)', '\(name)')")
    }

    /// The session that used it may need a moment to end.
    private func drop(_ slot: String) throws {
        let deadline = MonotonicTime.now() + 10_000_000_000
        while true {
            do throws(PostgresError) {
                try connection.execute("SELECT pg_drop_replication_slot('\(slot)')")
                return
            } catch {
                guard error.sqlState == .objectInUse, MonotonicTime.now() < deadline else { throw error }
                usleep(20_000)
            }
        }
    }

    // MARK: Measuring

    private func measureLimit(_ number: Int) throws -> ServerLimitReader.Outcome {
        let slot = "bench_limit_\(number)"
        try copySlot(slot)
        busyBefore = max(busyBefore, try MachineRest.wait(seconds: plan.bench.settle, stop: stop, progress: progress))
        let reader = ServerLimitReader(port: servers.postgres.port, user: BenchServers.user, database: BenchServers.database)
        let outcome = try reader.read(
            slot: slot, publication: BenchServers.publication, events: plan.events, stop: stop, progress: progress)
        try drop(slot)
        return outcome
    }

    private func measureRelay(_ number: Int, _ topicPrefix: String) throws -> RelayDrain {
        let slot = "bench_relay_\(number)"
        if !plan.isPolling { try copySlot(slot) }
        busyBefore = max(busyBefore, try MachineRest.wait(seconds: plan.bench.settle, stop: stop, progress: progress))
        let relay = try MeasuredProcess.relay(
            servers, options: plan.bench, slot: slot,
            settings: [
                "after.publish=\(plan.afterPublish.rawValue)", "topic.prefix=\(topicPrefix)",
                "mode=\(plan.isPolling ? "polling" : "cdc")",
            ])
        let companion = try startCompanion(relay.pid)
        defer { companion?.terminate(graceMilliseconds: 10_000, signal: SIGINT) }
        let curve = try follow(relay)
        let usage = try relay.usage()
        companion?.terminate(graceMilliseconds: 10_000, signal: SIGINT)
        try relay.stop()
        if !plan.isPolling { try drop(slot) }
        return RelayDrain(through: curve, events: plan.events, usage: usage, rowsLeft: try rowsLeft())
    }

    /// Looks at the relay's counters until every event is through.
    private func follow(_ relay: MeasuredProcess) throws -> RateCurve {
        let family = plan.afterPublish == .keep ? "outbox_relay_events_total" : "outbox_relay_bookkeeping_rows_total"
        var curve = RateCurve()
        var movedAt = MonotonicTime.now()
        while curve.last < plan.events {
            if stop.isSet { throw BenchError.interrupted }
            if let samples = try relay.scrape() {
                let now = MonotonicTime.now()
                let count = Int(samples.sum(family))
                if count > curve.last { movedAt = now }
                curve.note(count, at: now)
            }
            if MonotonicTime.now() - movedAt > Self.patience {
                throw BenchError("the relay stands still after \(curve.last) events:\n\(relay.logTail)")
            }
            progress.update("the relay: \(Figures.grouped(curve.last)) events")
            usleep(50_000)
        }
        return curve
    }

    private func startCompanion(_ pid: Int32) throws -> ChildProcess? {
        guard let text = plan.companion else { return nil }
        var command = ChildCommand("sh", ["-c", "exec \(text)"])
        command.environment = ["RELAY_PID": String(pid)]
        command.standardOutput = .null
        command.standardError = .null
        return try ChildProcess(command)
    }

    private func rowsLeft() throws -> Int {
        switch plan.afterPublish {
        case .keep: return 0
        case .mark, .delete:
            let sql = "SELECT count(*) FROM outbox_events WHERE status = 'PENDING'"
            return try connection.execute(sql, timeoutMilliseconds: nil).integer(0, 0).map(Int.init) ?? 0
        }
    }
}
