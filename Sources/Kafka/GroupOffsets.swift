internal import CRDKafka
public import Telemetry

/// What a consumer group has committed, seen from outside: nobody joins the group. For operators' commands.
///
/// Threads: one at a time may call it, `close` included.
public final class GroupOffsets: Sendable {
    private let client: ClientHandle

    /// - Throws: a property that librdkafka refuses.
    public init(properties: KafkaProperties, group: String, logger: Logger) throws(KafkaError) {
        var own = properties.connectionOnly
        own["group.id"] = group
        own["enable.auto.commit"] = "false"
        client = try ClientHandle(RD_KAFKA_CONSUMER, own, logger: logger)
    }

    /// A partition without a committed offset is absent.
    public func committed(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int = 10_000
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try client.committed(partitions, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Ends the client. Idempotent; afterwards nothing may be asked.
    public func close() { client.destroy() }
}
