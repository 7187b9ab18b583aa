import Realtime

/// Records for tests, without a Kafka.
struct FakeRecord {
    var partition: Int32 = 0
    var offset: Int64 = 0
    /// nil: a tombstone.
    var value: String?
    var key: String?
    var channels: String?

    /// A record of an event for these channels.
    static func event(
        _ id: String, partition: Int32 = 0, offset: Int64, channels: String? = nil, type: String = "ORDER_PAID",
        user: String? = nil,
        aggregate: (type: String, id: String)? = nil
    ) -> FakeRecord {
        let payload = user.map { "{\"user_id\":\"\($0)\"}" } ?? "{}"
        let owner = aggregate.map { ",\"aggregate_type\":\"\($0.type)\",\"aggregate_id\":\"\($0.id)\"" } ?? ""
        return FakeRecord(
            partition: partition, offset: offset,
            value: "{\"event_id\":\"\(id)\"\(owner),\"event_type\":\"\(type)\",\"payload\":\(payload)}", channels: channels)
    }

    func borrow<Result>(_ body: (FeedRecord) -> Result) -> Result {
        func lend<R>(_ text: String?, _ body: (UnsafeRawBufferPointer?) -> R) -> R {
            guard let text else { return body(nil) }
            return Array(text.utf8).withUnsafeBytes { body($0) }
        }
        return lend(value) { value in
            lend(key) { key in
                lend(channels) { channels in
                    body(
                        FeedRecord(
                            partition: partition, offset: offset, timestamp: 1_700_000_000_000, key: key, value: value,
                            channels: channels))
                }
            }
        }
    }
}
