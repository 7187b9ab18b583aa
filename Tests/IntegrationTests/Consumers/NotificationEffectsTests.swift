import ConsumerKit
import Consumers
import Drills
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

@Suite(.needsPostgres) struct `Effects of notification` {
    private func events(_ count: Int) throws -> [ConsumedEvent] {
        var events = ShopEvents()
        let types = ["ORDER_CREATED", "ORDER_PAID", "ORDER_CANCELLED"]
        for number in 1...count { try events.order(types[number % 3], Int64(number), user: Int64(number % 5), []) }
        return events.events
    }

    @Test(arguments: [1, 7, Int.max])
    func `one row and one message per event, in batches of any size`(batch: Int) throws {
        let database = try EffectsDatabase()
        let outcome = try database.apply(NotificationConsumer(), events(30), batch: batch)
        #expect(outcome.refusals.isEmpty)
        #expect(
            try database.rows("SELECT count(*), count(DISTINCT event_id), count(DISTINCT id) FROM notifications") == ["30 30 30"])
        #expect(
            try database.rows("SELECT user_id, type, message FROM notifications ORDER BY id LIMIT 2") == [
                "1 ORDER_PAID Order 1 has been paid.", "2 ORDER_CANCELLED Order 2 has been cancelled.",
            ])
        #expect(outcome.messages.count == 30)
        #expect(outcome.messages.map(\.aggregateID) == (1...30).map { String($0 % 5) })
        #expect(outcome.messages.allSatisfy { $0.topic == "realtime.events" && $0.eventType == "NOTIFICATION" })
        #expect(
            outcome.messages[0].payload
                == #"{"user_id":1,"message":"Order 1 has been paid.","timestamp":"2026-03-01T00:00:01.000Z","#
                + #""type":"ORDER_PAID","order_id":1}"#)
    }

    @Test func `applied once more only what is new is told`() throws {
        let database = try EffectsDatabase()
        let events = try events(20)
        try database.apply(NotificationConsumer(), Array(events.prefix(15)))
        let outcome = try database.apply(NotificationConsumer(), events)
        #expect(outcome.messages.map(\.aggregateID) == (16...20).map { String($0 % 5) })
        #expect(try database.number("SELECT count(*) FROM notifications") == 20)
    }

    /// With what the kit does beside it: ids are claimed and messages go to the outbox in the same transaction.
    @Test func `ten thousand events in batches of a thousand`() throws {
        let database = try EffectsDatabase()
        let session = try database.session()
        try session.execute("CREATE TABLE claims (event_id uuid PRIMARY KEY)")
        let batches = try (0..<10).map { batch in
            var list = ShopEvents(first: batch * 1_000 + 1)
            for number in 1...1_000 { try list.order("ORDER_PAID", Int64(number), user: Int64(number % 100), []) }
            return list.events
        }
        let start = MonotonicTime.now()
        for events in batches {
            try session.execute("BEGIN")
            try session.execute("INSERT INTO claims SELECT unnest($1::text[]::uuid[])", [.texts(events.map(\.id))])
            let transaction = EffectTransaction(session)
            try NotificationConsumer().apply(events, in: transaction)
            try session.execute(
                """
                INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload)
                SELECT 'USER', id, 'NOTIFICATION', 'realtime.events', payload::jsonb
                FROM unnest($1::text[], $2::text[]) AS m (id, payload)
                """, [.texts(transaction.messages.map(\.aggregateID)), .texts(transaction.messages.map(\.payload))])
            try session.execute("COMMIT")
        }
        let seconds = Double(MonotonicTime.now() - start) / 1e9
        print("notification: \(Int(10_000 / seconds)) events/s in batches of 1000, claims and outbox included")
        #expect(try database.number("SELECT count(*) FROM notifications") == 10_000)
        #expect(try database.number("SELECT count(*) FROM outbox_events") == 10_000)
    }
}
