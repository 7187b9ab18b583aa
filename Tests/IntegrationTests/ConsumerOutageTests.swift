import ConsumerOperations
import Drills
import Kafka
import LocalServers
import ServiceRuntime
import TestSupport
import Testing

/// Kafka is away when a consumer starts, or silent while a command reads from it.
@Suite(.serialized, .needsServers)
struct ConsumerOutageTests {
    @Test func `a consumer that is started while Kafka is away goes on, forgets nothing, and applies events once Kafka is there`()
        throws
    {
        let kafka = try TestServers.kafka()
        try Stage.perform { stage in
            let shop = try ShopStage(stage, topics: ["order.events"])
            try stage.execute("INSERT INTO products (id, name, price, stock) VALUES (1, 'p', 10, 100)")
            try shop.order(1)
            kafka.stop()
            var isBack = false
            defer { if !isBack { try? kafka.start() } }
            try shop.start("stock")
            let isSaid = Await.until(seconds: 30) { shop.log.contains("the inbox forgets nothing in this run") }
            #expect(isSaid, "\(shop.log)")
            let isStarting = Await.until(seconds: 20) { shop.log.contains("consumers starting") }
            #expect(isStarting && !shop.log.contains("ready: events are applied"), "\(shop.log)")
            try kafka.start()
            isBack = true
            try stage.wait(for: "99", of: "SELECT stock FROM products", seconds: 60)
            let isReady = Await.until(seconds: 20) { shop.log.contains("ready: events are applied") }
            #expect(isReady, "\(shop.log)")
            #expect(shop.stop() == .exited(0), "\(shop.log)")
        }
    }

    @Test func `the time that a batch takes is not counted as Kafka's silence`() throws {
        let kafka = try TestServers.kafka()
        try Stage.perform { stage in
            let topic = "\(stage.name).slow"
            try stage.createTopic(topic)
            let writer = try EnvelopeWriter(topic, bootstrap: stage.bootstrap)
            try writer.write(1...10)
            let stop = try StopSignal()
            let patience: Int64 = 4_000_000_000
            var time: Int64 = 0
            var sizes: [Int] = []
            var questions = 0
            // When the batch is over, its reader asks for the time; and again when nothing more came. Ten more are written then.
            let clock = {
                if !sizes.isEmpty { questions += 1 }
                if questions == 2 {
                    do { try writer.write(11...20) } catch {
                        Issue.record(error)
                        stop.set()
                    }
                }
                return time
            }
            let reader = RangeReader(["bootstrap.servers": kafka.bootstrap], stop: stop, patience: patience, now: clock)
            try reader.read(
                [RecordRange(place: TopicPartition(topic, 0), start: 0, end: 20)], batch: 10, batchBytes: 1 << 20
            ) { records in
                sizes.append(records.count)
                time += 2 * patience
            }
            #expect(sizes == [10, 10])
        }
    }
}
