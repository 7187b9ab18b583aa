import ConsumerKit
import Consumers
import Testing

struct `Coupon issue plan` {
    private func request(_ number: Int, coupon: Int64, user: Int64) throws -> CouponRequest {
        try CouponRequest(
            Events.event(number, "COUPON_ISSUE_REQUESTED", #"{"coupon_id": \#(coupon), "user_id": \#(user)}"#))
    }

    @Test func `the first who ask get the coupon until its limit`() throws {
        let requests = try (1...5).map { try request($0, coupon: 1, user: Int64($0)) }
        let plan = CouponIssuePlan(requests, coupons: [1: .init(name: "c", limit: 10, issued: 7)], holders: [])
        #expect(plan.issued.map(\.request.user) == [1, 2, 3])
        #expect(plan.refused.map(\.request.user) == [4, 5])
        #expect(plan.refused.allSatisfy { $0.reason == "the coupon's limit is reached" })
        #expect(plan.increments == [1: 3])
    }

    @Test func `nobody gets a coupon twice, neither in one batch nor later`() throws {
        let requests = try [request(1, coupon: 1, user: 5), request(2, coupon: 1, user: 5), request(3, coupon: 1, user: 6)]
        let plan = CouponIssuePlan(
            requests, coupons: [1: .init(name: "c", limit: 10, issued: 1)], holders: [.init(coupon: 1, user: 6)])
        #expect(plan.issued.map(\.request.event.id) == [Events.id(1)])
        #expect(plan.refused.map(\.reason) == ["the user has this coupon", "the user has this coupon"])
    }

    @Test func `coupons do not share limits and an unknown one is refused`() throws {
        let requests = try [request(1, coupon: 1, user: 5), request(2, coupon: 2, user: 5), request(3, coupon: 9, user: 5)]
        let coupons: [Int64: CouponIssuePlan.Coupon] = [
            1: .init(name: "a", limit: 1, issued: 0), 2: .init(name: "b", limit: 0, issued: 0),
        ]
        let plan = CouponIssuePlan(requests, coupons: coupons, holders: [])
        #expect(plan.issued.map(\.couponName) == ["a"])
        #expect(plan.refused.map(\.reason) == ["the coupon's limit is reached", "there is no such coupon"])
        #expect(plan.increments == [1: 1])
    }

    @Test func `a request without a user is no request`() throws {
        let event = try Events.event(1, "COUPON_ISSUE_REQUESTED", #"{"coupon_id": 1}"#)
        #expect(throws: PayloadError.self) { try CouponRequest(event) }
    }
}
