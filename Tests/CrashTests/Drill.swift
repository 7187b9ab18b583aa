import Drills
import Kafka
import LocalServers
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

/// One drill: a database with the outbox tables, two topics, a workload that writes to both, and somebody who follows them.
final class Drill {
    let name: String
    let server: TemporaryPostgres
    let kafka: TemporaryKafka
    let dsn: String
    let topics: [String]
    let workload: OutboxWorkload
    let tail: TopicTail
    var setup: RelaySetup
    /// By the relays' own count, taken at the end.
    private var calledBack = 0

    /// Makes everything and starts nothing but the follower.
    init(
        _ name: String, server: TemporaryPostgres, kafka: TemporaryKafka, eventsPerSecond: Int = 1_500, seed: UInt64,
        settings: [(key: String, value: String)] = []
    ) throws {
        self.name = TestServers.uniqueName(name)
        self.server = server
        self.kafka = kafka
        dsn = try TestServers.makeDatabase(self.name, on: server)
        setup = RelaySetup(name: self.name, dsn: dsn, bootstrap: kafka.bootstrap, settings: settings)
        topics = [setup.topic, "\(self.name).second"]
        try DrillTopics.create(topics.map { NewTopic(name: $0) }, bootstrap: kafka.bootstrap)
        var options = OutboxWorkload.Options()
        options.eventsPerSecond = eventsPerSecond
        options.topics = [nil, topics[1]]
        options.seed = seed
        workload = try OutboxWorkload(dsn: dsn, options: options)
        tail = try TopicTail(topics, bootstrap: kafka.bootstrap)
    }

    deinit {
        workload.stop()
        tail.stop()
    }

    /// Waits until that many more events have arrived; the drill cannot go on without.
    func waitFor(moreEvents count: Int, seconds: Double = 60, _ relays: RelayUnderTest?...) throws {
        let goal = tail.eventCount + count
        guard tail.waitFor(events: goal, seconds: seconds) else { throw stalled("\(goal) events", relays) }
    }

    /// Stops writing and waits until all that is in the table has arrived and is marked.
    func finish(seconds: Double = 60, _ relays: RelayUnderTest?...) throws -> [WrittenEvent] {
        workload.stop()
        #expect(workload.problems.isEmpty, "the workload itself failed: \(workload.problems.prefix(3))")
        let written = try OutboxWorkload.truth(dsn: dsn)
        guard tail.waitFor(events: written.count, seconds: seconds) else { throw stalled("all \(written.count) events", relays) }
        var statuses: [String: Int] = [:]
        _ = try Await.until(seconds: seconds, everyMilliseconds: 50) {
            statuses = try OutboxWorkload.statuses(dsn: dsn)
            return statuses == ["PUBLISHED": written.count]
        }
        #expect(statuses == ["PUBLISHED": written.count], "of \(written.count) rows")
        calledBack = relays.reduce(0) { $0 + ($1?.calledBackEvents ?? 0) }
        return written
    }

    private func stalled(_ what: String, _ relays: [RelayUnderTest?]) -> RelayUnderTest.Failure {
        let logs = relays.compactMap { $0 }.map { "\($0.status().map { "\($0)" } ?? "no status")\n\($0.logTail())" }
        return RelayUnderTest.Failure(
            "\(name): waited in vain for \(what); there are \(tail.eventCount)\n\(logs.joined(separator: "\n---\n"))")
    }

    /// Reads the topics anew and compares. The relay has to be at its end: nothing may come any more.
    ///
    /// - Parameter duplicateLimit: what was unconfirmed at the faults; what the relays called back is added.
    @discardableResult
    func audit(_ written: [WrittenEvent], duplicateLimit: Int, note: String = "") throws -> DeliveryAudit {
        tail.stop()
        let duplicateLimit = duplicateLimit + calledBack
        let audit = DeliveryAudit(written: written, delivered: try TopicReader.read(topics, bootstrap: kafka.bootstrap))
        DrillReport.line(
            name, audit, gap: tail.longestGap, note: "\(note.isEmpty ? "" : note + ", ")duplicates allowed \(duplicateLimit)")
        let verdict = DeliveryVerdict(audit, of: workload, written: written, duplicateLimit: duplicateLimit)
        #expect(verdict.problems.isEmpty, "\(verdict.problems.joined(separator: "\n"))")
        return audit
    }

    /// What the stored checkpoint does not cover: rows that are committed now less the events it counts. A relay that dies now
    /// may repeat at most these.
    func unconfirmedEvents() throws -> Int {
        let connection = try Connection.open(ConnectionSettings(dsn: dsn, applicationName: "drill"))
        let result = try connection.execute(
            """
            SELECT (SELECT count(*) FROM outbox_events) - coalesce((SELECT events FROM outbox_checkpoints WHERE slot_name = $1), 0)
            """, [.text(setup.name)])
        return result.scalar.flatMap { Int($0) } ?? 0
    }

    /// Removes the slot, so that a shared server need not keep WAL for it.
    func dropSlot() throws { try TestServers.dropSlot(setup.name, on: server, database: name) }
}
