import Drills
import LocalServers
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

/// Bounded memory of a running consumer (promise P5).
@Suite(.serialized, .needsServers) struct ConsumerMemoryTests {
    private static let events = 2_000
    private static let valueBytes = 100_000
    private static let queue = 8 << 20
    private static let fetched = 8 << 20
    private static let batch = 2 << 20

    @Test func `200 MB of large events behind a lock stay in the memory that the settings allow, and then all take effect`()
        throws
    {
        try Stage.perform { stage in
            let settings = [
                ("queue.bytes", "\(Self.queue)"), ("batch.bytes", "\(Self.batch)"),
                ("kafka.queued.max.messages.kbytes", "\(Self.fetched >> 10)"),
            ]
            let shop = try ShopStage(stage, topics: ["order.events"], settings: settings)
            try shop.start("analytics")
            let consumer = try #require(shop.consumer)
            try stage.wait(until: "the consumer is ready") { consumer.isReady }
            let idle = try #require(consumer.peakMemory)

            let blocker = try stage.session()
            try blocker.execute("BEGIN; LOCK TABLE daily_sales IN ACCESS EXCLUSIVE MODE")
            // Nothing in it comes twice within the reach of a compression.
            let fill = String((0..<Self.valueBytes / 8).flatMap { _ in Self.letters(UInt32.random(in: 0...UInt32.max)) })
            for number in 1...Self.events { try shop.order(number, key: String(number % 50), fill: fill, flushes: false) }
            try shop.flush("order.events")
            try stage.wait(until: "it pauses for memory") {
                let metrics = consumer.metricsText ?? ""
                return metrics.contains("outbox_consumer_paused{consumer=\"analytics\",reason=\"memory\"} 1")
            }
            let blocked = try #require(consumer.peakMemory)
            try blocker.execute("COMMIT")
            try stage.wait(
                for: "\(Self.events)", of: "SELECT coalesce(sum(total_orders), 0)::bigint FROM daily_sales", seconds: 60)
            let done = try #require(consumer.peakMemory)

            // What waits, what the client has fetched, a batch as bytes, document and parameters; and what allocators keep back.
            let limit = idle + Self.queue + Self.fetched + 4 * Self.batch + 24 << 20
            print("consumer's memory: idle \(idle >> 20), blocked \(blocked >> 20), done \(done >> 20), limit \(limit >> 20) MiB")
            #expect(blocked < limit && done < limit)
            #expect(try stage.number("SELECT count(*) FROM consumer_dead_letters") == 0)
            #expect(shop.stop() == .exited(0), "\(shop.log)")
        }
    }

    /// A number as eight hexadecimal digits.
    private static func letters(_ number: UInt32) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
