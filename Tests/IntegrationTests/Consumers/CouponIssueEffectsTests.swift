import ConsumerKit
import Consumers
import PostgresClient
import TestSupport
import Testing

@Suite(.needsPostgres) struct `Effects of coupon-issue` {
    private func database(limit: Int = 10) throws -> EffectsDatabase {
        let database = try EffectsDatabase()
        try database.session().execute(
            "INSERT INTO coupons (id, name, issue_limit) VALUES (1, 'Spring \"sale\"', \(limit)), (2, 'Other', 1)")
        return database
    }

    private func requests(_ wishes: [(coupon: Int64, user: Int64)], first: Int = 1) throws -> [ConsumedEvent] {
        var events = ShopEvents(first: first)
        for wish in wishes {
            try events.add(
                "COUPON_ISSUE_REQUESTED",
                #"{"coupon_id":\#(wish.coupon),"user_id":\#(wish.user),"requested_at":"2026-03-01T00:00:00Z"}"#,
                of: ("COUPON", String(wish.coupon)), topic: "coupon.issue")
        }
        return events.events
    }

    @Test(arguments: [1, 4, Int.max])
    func `issued within the limit, once to a user, whatever the batches`(batch: Int) throws {
        let database = try database(limit: 3)
        let wishes: [(Int64, Int64)] = [(1, 1), (1, 1), (2, 1), (1, 2), (9, 1), (1, 3), (1, 4), (2, 2)]
        let outcome = try database.apply(CouponIssueConsumer(), requests(wishes), batch: batch)
        #expect(
            outcome.refusals == [
                "\(ShopEvents.id(2)): the user has this coupon", "\(ShopEvents.id(5)): there is no such coupon",
                "\(ShopEvents.id(7)): the coupon's limit is reached", "\(ShopEvents.id(8)): the coupon's limit is reached",
            ])
        #expect(
            try database.rows("SELECT coupon_id, user_id FROM coupon_issues ORDER BY 1, 2") == ["1 1", "1 2", "1 3", "2 1"])
        #expect(try database.rows("SELECT id, issued_count FROM coupons ORDER BY 1") == ["1 3", "2 1"])
        #expect(
            try database.rows("SELECT result, count(*) FROM coupon_issue_history GROUP BY 1 ORDER BY 1")
                == ["ISSUED 4", "REFUSED 4"])
        #expect(outcome.messages.map(\.eventType) == Array(repeating: "COUPON_ISSUED", count: 4))
        #expect(
            outcome.messages[0].payload
                == #"{"user_id":1,"message":"You have received the coupon Spring \"sale\".","timestamp":"2026-03-01T00:00:01.000Z","#
                + #""coupon_id":1,"coupon_name":"Spring \"sale\""}"#)
    }

    @Test func `a request refused for the limit is issued when it is retried under a higher one`() throws {
        let database = try database(limit: 0)
        let events = try requests([(1, 1)])
        #expect(try database.apply(CouponIssueConsumer(), events).refusals.count == 1)
        try database.session().execute("UPDATE coupons SET issue_limit = 1 WHERE id = 1")
        #expect(try database.apply(CouponIssueConsumer(), events).refusals.isEmpty)
        #expect(try database.rows("SELECT result, reason FROM coupon_issue_history") == ["ISSUED -"])
        #expect(try database.number("SELECT issued_count FROM coupons WHERE id = 1") == 1)
    }

    @Test func `lanes at the same time issue exactly the limit`() throws {
        let database = try database(limit: 100)
        let lists = try (0..<4).map { lane in
            let wishes = (0..<100).map { (coupon: Int64($0 % 2 == lane % 2 ? 1 : 2), user: Int64(lane * 100 + $0)) }
            return try requests(wishes, first: lane * 100 + 1)
        }
        let outcomes = try database.applyAtOnce(CouponIssueConsumer(), lists, batch: 10)
        #expect(try database.rows("SELECT id, issued_count FROM coupons ORDER BY 1") == ["1 100", "2 1"])
        #expect(try database.number("SELECT count(*) FROM coupon_issues") == 101)
        #expect(outcomes.reduce(0) { $0 + $1.refusals.count } == 400 - 101)
        #expect(outcomes.reduce(0) { $0 + $1.messages.count } == 101)
    }
}
