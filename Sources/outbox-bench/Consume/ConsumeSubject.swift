/// The consumers that `consume` can measure, and what each is fed with.
enum ConsumeSubject: String, CaseIterable {
    case analytics
    case productMetrics = "product-metrics"
    case notification

    /// Without a prefix.
    var topic: String { self == .productMetrics ? "catalog.events" : "order.events" }

    /// Tables that a round begins with empty.
    var tables: [String] {
        switch self {
        case .analytics: ["daily_sales", "daily_customers", "product_daily_stats"]
        case .productMetrics: ["product_metrics", "product_metrics_versions"]
        case .notification: ["notifications", "outbox_events"]
        }
    }

    /// How many effects the database holds: one per event when each was applied once.
    var effects: String {
        switch self {
        case .analytics: "SELECT coalesce(sum(total_orders), 0)::bigint FROM daily_sales"
        case .productMetrics: "SELECT coalesce(sum(like_count + view_count), 0)::bigint FROM product_metrics"
        case .notification: "SELECT count(*) FROM notifications"
        }
    }
}
