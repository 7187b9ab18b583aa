import ConsumerKit
import Drills
import Kafka
import PostgresClient
import ServiceRuntime
import Telemetry
import TestSupport
import Testing

/// The kit on real servers, with a tiny consumer.
@Suite(.serialized, .needsServers)
struct ConsumerKitEffectsTests {
    @Test
    func `Events take effect once, however often they come, and each key in order`() throws {
        try Stage.perform { stage in
            let (topic, writer) = try stage.eventTopic(partitions: 3)
            try writer.write(1...2_000)
            try writer.write(1...500)
            let registry = MetricRegistry()
            let lines = LogLines()
            try stage.withConsumer(LedgerConsumer("ledger", topics: [topic]), registry: registry, lines: lines) { runner in
                do { try stage.wait(for: "2000", of: "SELECT count(*) FROM effects") } catch {
                    print(lines.all.joined())
                    throw error
                }
                try stage.wait(until: "duplicates are counted") { runner.snapshot.duplicates == 500 }
                #expect(runner.readiness.isReady)
                try stage.wait(until: "lag is known and zero") { runner.snapshot.lag == 0 }
            }
            #expect(try stage.number("SELECT count(DISTINCT n) FROM effects") == 2_000)
            for key in ["0", "7", "49"] { #expect(try stage.effects(key: key) == stage.effects(key: key).sorted()) }
            #expect(try stage.number("SELECT sum(next_offset) FROM consumer_positions") == 2_500)
            #expect(registry.render().contains("outbox_consumer_duplicates_total{consumer=\"ledger\"} 500"))
        }
    }
}
