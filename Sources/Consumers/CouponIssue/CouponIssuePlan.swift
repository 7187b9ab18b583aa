/// Who of those who ask gets a coupon, in the order of their requests. Pure: the same requests and rows give the same plan.
public struct CouponIssuePlan: Sendable {
    /// A row of `coupons`, locked.
    public struct Coupon: Sendable {
        public let name: String
        public let limit: Int64
        public let issued: Int64

        public init(name: String, limit: Int64, issued: Int64) {
            self.name = name
            self.limit = limit
            self.issued = issued
        }
    }

    public private(set) var issued: [(request: CouponRequest, couponName: String)] = []
    public private(set) var refused: [(request: CouponRequest, reason: String)] = []
    /// By how many each coupon's count grows.
    public private(set) var increments: [Int64: Int64] = [:]

    /// - Parameters:
    ///   - coupons: those of the requests that exist.
    ///   - holders: which of the requests' claims were fulfilled before.
    public init(_ requests: [CouponRequest], coupons: [Int64: Coupon], holders: Set<CouponRequest.Claim>) {
        var holders = holders
        for request in requests {
            guard let coupon = coupons[request.coupon] else {
                refused.append((request, "there is no such coupon"))
                continue
            }
            guard !holders.contains(request.claim) else {
                refused.append((request, "the user has this coupon"))
                continue
            }
            guard coupon.issued + increments[request.coupon, default: 0] < coupon.limit else {
                refused.append((request, "the coupon's limit is reached"))
                continue
            }
            holders.insert(request.claim)
            increments[request.coupon, default: 0] += 1
            issued.append((request, coupon.name))
        }
    }
}
