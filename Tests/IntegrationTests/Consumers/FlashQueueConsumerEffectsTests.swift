import ConsumerKit
import Consumers
import Drills
import PostgresClient
import TestSupport
import Testing

/// The flash-queue consumer's effects on a real server.
@Suite(.serialized, .needsPostgres)
struct FlashQueueConsumerEffectsTests {
    private static let table = "SELECT * FROM flash_sale_queue_entries ORDER BY flash_sale_id, user_id"

    private static func randomEvents(_ count: Int, seed: UInt64, sales: Range<Int64>, first: Int = 1) throws -> [ConsumedEvent] {
        var random = XorShift(seed: seed)
        var log = ShopEvents(first: first)
        for _ in 0..<count {
            let step = ["QUEUE_ENTERED", "QUEUE_ENTERED", "QUEUE_ADMITTED", "QUEUE_LEFT"][random.below(4)]
            try log.queue(step, sale: sales.lowerBound + Int64(random.below(sales.count)), user: Int64(random.below(25)))
        }
        return log.events
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `Batches of one, of some and of all give the same queue and refuse the same steps`(version: Int) throws {
        let events = try Self.randomEvents(600, seed: 23, sales: 1..<4)
        var expected: (table: [String], refusals: [String])?
        for batch in [1, 31, 600] {
            let database = try EffectsDatabase(version: version)
            let outcome = try database.apply(FlashQueueConsumer(), events, batch: batch)
            let table = try database.rows(Self.table)
            #expect(table.count > 60)
            #expect(!outcome.refusals.isEmpty && outcome.messages.isEmpty)
            if let expected {
                #expect(table == expected.table, "batches of \(batch)")
                #expect(outcome.refusals == expected.refusals, "batches of \(batch)")
            }
            expected = (table: table, refusals: outcome.refusals)
        }
    }

    @Test func `An entry carries the times of its steps`() throws {
        let database = try EffectsDatabase()
        var log = ShopEvents()
        try log.queue("QUEUE_ENTERED", user: 1)
        try log.queue("QUEUE_ADMITTED", user: 1)
        try log.queue("QUEUE_LEFT", user: 1)
        try log.queue("QUEUE_ENTERED", user: 2)
        try database.apply(FlashQueueConsumer(), log.events, batch: 1)
        #expect(
            try database.rows(Self.table) == [
                "1 1 LEFT 2026-03-01 00:00:01+00 2026-03-01 00:00:02+00 2026-03-01 00:00:03+00",
                "1 2 WAITING 2026-03-01 00:00:04+00 - -",
            ])
        try database.apply(FlashQueueConsumer(), try reentry())
        #expect(try database.rows(Self.table).first == "1 1 WAITING 2026-03-01 00:16:40.123457+00 - -")
    }

    private func reentry() throws -> [ConsumedEvent] {
        var log = ShopEvents(first: 1000)
        try log.add(
            "QUEUE_ENTERED", #"{"flash_sale_id":1,"user_id":1}"#, of: (type: "FLASH_SALE", id: "1"), topic: "flashsale.events",
            at: ShopEvents.start + 1_000_123_457)
        return log.events
    }

    @Test func `Lanes at the same time over different sales give what each would alone`() throws {
        let lists = try (0..<3).map { lane in
            let first = Int64(lane * 2 + 1)
            return try Self.randomEvents(500, seed: UInt64(lane + 1), sales: first..<first + 2, first: lane * 10_000 + 1)
        }
        let together = try EffectsDatabase()
        let outcomes = try together.applyAtOnce(FlashQueueConsumer(), lists, batch: 25)
        let alone = try EffectsDatabase()
        for (list, outcome) in zip(lists, outcomes) {
            #expect(try alone.apply(FlashQueueConsumer(), list).refusals == outcome.refusals)
        }
        #expect(try together.rows(Self.table) == alone.rows(Self.table))
    }
}
