public import ConsumerKit
import PostgresClient

/// Issues coupons within their limits, once to each user, and tells the user.
///
/// The row of `coupons` is the judge, whatever the API's counter in Redis said. A request that is refused is a dead letter with its
/// reason, as every refusal of the business is; the history has it as REFUSED, until a retry (the limit was raised) makes it ISSUED.
public struct CouponIssueConsumer: EventConsumer {
    public let definition = ConsumerDefinition(
        name: "coupon-issue", topics: ["coupon.issue"], eventTypes: ["COUPON_ISSUE_REQUESTED"],
        summary: "issues coupons within their limits and tells the user")

    public init() {}

    public func apply(_ events: [ConsumedEvent], in transaction: EffectTransaction) throws(EffectError) {
        let (requests, refusals) = events.reading(CouponRequest.init)
        transaction.reject(refusals)
        guard !requests.isEmpty else { return }
        // From here on no other lane issues these coupons; what it issued before is visible to the next statement.
        let coupons = try lockedCoupons(Set(requests.map(\.coupon)).sorted(), transaction)
        let plan = CouponIssuePlan(requests, coupons: coupons, holders: try holders(requests, transaction))
        try write(plan, transaction)
        transaction.reject(plan.refused.map { RejectedEvent(event: $0.request.event, reason: $0.reason) })
        for (request, name) in plan.issued {
            let text = "You have received the coupon \(name)."
            transaction.publish(
                UserEvent.message("COUPON_ISSUED", user: request.user, text: text, cause: request.event) {
                    $0.add("coupon_id", request.coupon)
                    $0.add("coupon_name", name)
                })
        }
    }

    private func lockedCoupons(
        _ ids: [Int64], _ transaction: EffectTransaction
    ) throws(EffectError) -> [Int64: CouponIssuePlan.Coupon] {
        let rows = try transaction.execute(
            "SELECT id, name, issue_limit, issued_count FROM coupons WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE",
            [.integers(ids)])
        var coupons: [Int64: CouponIssuePlan.Coupon] = [:]
        for row in 0..<rows.rowCount {
            guard let id = rows.integer(row, 0), let limit = rows.integer(row, 2), let issued = rows.integer(row, 3) else {
                continue
            }
            coupons[id] = CouponIssuePlan.Coupon(name: rows.text(row, 1) ?? "", limit: limit, issued: issued)
        }
        return coupons
    }

    private func holders(
        _ requests: [CouponRequest], _ transaction: EffectTransaction
    ) throws(EffectError) -> Set<CouponRequest.Claim> {
        let rows = try transaction.execute(
            """
            SELECT DISTINCT coupon_id, user_id
            FROM coupon_issues JOIN unnest($1::bigint[], $2::bigint[]) AS r (coupon_id, user_id) USING (coupon_id, user_id)
            """, [.integers(requests.map(\.coupon)), .integers(requests.map(\.user))])
        return Set(
            (0..<rows.rowCount).compactMap { row in
                guard let coupon = rows.integer(row, 0), let user = rows.integer(row, 1) else { return nil }
                return CouponRequest.Claim(coupon: coupon, user: user)
            })
    }

    private func write(_ plan: CouponIssuePlan, _ transaction: EffectTransaction) throws(EffectError) {
        if !plan.issued.isEmpty {
            let increments = plan.increments.sorted { $0.key < $1.key }
            try transaction.execute(
                """
                UPDATE coupons SET issued_count = issued_count + i.count
                FROM unnest($1::bigint[], $2::bigint[]) AS i (id, count) WHERE coupons.id = i.id
                """, [.integers(increments.map(\.key)), .integers(increments.map(\.value))])
            try transaction.execute(
                "INSERT INTO coupon_issues (coupon_id, user_id) SELECT * FROM unnest($1::bigint[], $2::bigint[])",
                [.integers(plan.issued.map(\.request.coupon)), .integers(plan.issued.map(\.request.user))])
        }
        let history = plan.issued.map { ($0.request, String?.none) } + plan.refused.map { ($0.request, $0.reason) }
        try transaction.execute(
            """
            INSERT INTO coupon_issue_history (coupon_id, user_id, event_id, result, reason)
            SELECT coupon_id, user_id, event_id::uuid, CASE WHEN reason IS NULL THEN 'ISSUED' ELSE 'REFUSED' END, reason
            FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[]) AS r (coupon_id, user_id, event_id, reason)
            ON CONFLICT (event_id) DO UPDATE SET result = EXCLUDED.result, reason = EXCLUDED.reason
            """,
            [
                .integers(history.map(\.0.coupon)), .integers(history.map(\.0.user)), .texts(history.map(\.0.event.id)),
                .texts(history.map(\.1)),
            ])
    }
}
