import Kafka
import PostgresClient
import Telemetry

/// How far the consumers are, by their own records, against the ends of their topics.
final class ConsumerPositions {
    /// What each reads (`domain.md` section 6), without a prefix.
    static let topics = [
        "stock": ["order.events", "stock.events"], "analytics": ["order.events"], "cache": ["product.events", "stock.events"],
        "flash-queue": ["flashsale.events"], "product-metrics": ["catalog.events", "order.events"],
        "notification": ["order.events"], "coupon-issue": ["coupon.issue"], "order-saga": ["payment.events", "order.events"],
        "data-platform": ["data.platform"],
    ]

    static let allTopics = Array(Set(topics.values.joined())).sorted()

    private let prefix: String
    private let reader: Consumer

    init(prefix: String, bootstrap: String) throws {
        self.prefix = prefix
        reader = try Consumer(properties: ["bootstrap.servers": bootstrap], logger: .disabled)
    }

    deinit { reader.close() }

    /// Of all consumers together: grows with whatever is done.
    static func sum(_ connection: Connection) throws -> Int64 {
        try connection.execute("SELECT coalesce(sum(next_offset), 0)::bigint FROM consumer_positions").integer(0, 0) ?? 0
    }

    /// Partitions with records that are not done, as `stock order.events/2 17 of 20`.
    func unfinished(_ connection: Connection) throws -> [String] {
        var ends: [String: [PartitionBounds]] = [:]
        for topic in Self.allTopics { ends[topic] = try reader.bounds(topic: prefix + topic) }
        let rows = try connection.execute("SELECT consumer_name, topic, partition_number, next_offset FROM consumer_positions")
        var positions: [String: Int64] = [:]
        for row in 0..<rows.rowCount {
            positions["\(rows.text(row, 0) ?? "") \(rows.text(row, 1) ?? "")/\(rows.integer(row, 2) ?? -1)"] = rows.integer(
                row, 3)
        }
        var unfinished: [String] = []
        for (consumer, topics) in Self.topics {
            for topic in topics {
                for bounds in ends[topic] ?? [] {
                    let position = positions["\(consumer) \(prefix)\(topic)/\(bounds.partition)"] ?? 0
                    guard position < bounds.end else { continue }
                    unfinished.append("\(consumer) \(topic)/\(bounds.partition) \(position) of \(bounds.end)")
                }
            }
        }
        return unfinished.sorted()
    }
}
