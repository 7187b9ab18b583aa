import Drills
import Kafka
import LocalServers
import ServiceRuntime
import Telemetry
import TestSupport
import Testing

/// Three brokers, of which one dies.
extension CrashDrills {
    @Test(.timeLimit(.minutes(8)))
    func `3 kills of a partition leader on three brokers under load lose nothing`() throws {
        var random = DrillSeed.random(4)
        let kafka = try threeBrokers()
        defer { kafka.destroy() }
        let drill = try Drill(
            "leader_kill", server: TestServers.postgres(), kafka: kafka, eventsPerSecond: 1_000, seed: DrillSeed.value)
        let admin = try Admin(properties: ["bootstrap.servers": kafka.bootstrap], logger: .disabled)
        let relay = try drill.setup.start().waitUntilReady()
        try drill.workload.start()
        drill.tail.resetGap()
        var duplicateLimit = 0
        for _ in 0..<3 {
            try drill.waitFor(moreEvents: 200 + random.below(1_000), relay)
            let leader = try leader(of: drill.topics[random.below(2)], partition: random.below(6), admin)
            // A client that moves to another leader can write a batch twice (documented): what was in flight at most.
            duplicateLimit += relay.status()?.inFlightEvents ?? 0
            kafka.kill(broker: leader - 1)
            try drill.waitFor(moreEvents: 100, relay)
            try kafka.restart(broker: leader - 1)
            #expect(Await.until(seconds: 30) { isWhole(drill.topics, admin) }, "every replica is in sync again")
        }
        try drill.waitFor(moreEvents: 500, relay)
        let written = try drill.finish(relay)
        #expect(try relay.terminate() == .exited(0), "\(relay.logTail())")
        try drill.audit(written, duplicateLimit: duplicateLimit)
        try drill.dropSlot()
    }

    /// Replicated three times, two of which must be there; a dead broker is noticed sooner than by default (9 s), but not so soon that a busy
    /// machine loses living ones.
    private func threeBrokers() throws -> TemporaryKafka {
        guard let home = TestServers.kafkaHome else { throw LocalServerError("KAFKA_HOME is not set") }
        var options = KafkaOptions()
        options.brokers = 3
        options.heapMegabytes = 256
        options.properties = ["broker.session.timeout.ms": "6000", "broker.heartbeat.interval.ms": "1000"]
        return try TemporaryKafka(home: home, options: options)
    }

    private func leader(of topic: String, partition: Int, _ admin: Admin) throws -> Int {
        let found = Await.value(seconds: 20) {
            try? admin.metadata(topic: topic, creatingMissing: false, timeoutMilliseconds: 2_000)
                .partitions.first { $0.id == Int32(partition) }?.leader
        }
        return Int(try #require(found))
    }

    private func isWhole(_ topics: [String], _ admin: Admin) -> Bool {
        topics.allSatisfy { topic in
            let partitions = try? admin.metadata(topic: topic, creatingMissing: false, timeoutMilliseconds: 2_000).partitions
            return partitions?.allSatisfy { $0.inSyncReplicas.count == 3 } ?? false
        }
    }
}
