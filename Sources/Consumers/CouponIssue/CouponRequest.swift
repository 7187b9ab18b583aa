public import ConsumerKit

/// A user's wish for a coupon: COUPON_ISSUE_REQUESTED, read.
public struct CouponRequest: Sendable {
    public let event: ConsumedEvent
    public let coupon: Int64
    public let user: Int64

    /// Throws the field that is missing.
    public init(_ event: ConsumedEvent) throws(PayloadError) {
        self.event = event
        coupon = try event.payload.integer("coupon_id")
        user = try event.payload.integer("user_id")
    }

    /// Who wants what: a user gets a coupon once.
    public struct Claim: Hashable, Sendable {
        public let coupon: Int64
        public let user: Int64

        public init(coupon: Int64, user: Int64) {
            self.coupon = coupon
            self.user = user
        }
    }

    public var claim: Claim { Claim(coupon: coupon, user: user) }
}
